import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { dirname, join } from "node:path";
import { execa } from "execa";

const REQUIREMENTS = join(import.meta.dirname, "..", "requirements.txt");
/** Python commands to try. The first is the version with which the requirements were created. */
const PYTHONS = ["python3.11", "python3.10", "python3.12", "python3"];
const SUPPORTED = /^3\.1[0-2]$/;

export type Installed =
  | { readonly kind: "installed"; readonly bin: string }
  | { readonly kind: "absent"; readonly reason: string };

/** The real Mage in a virtual environment outside the checkout. It is created if missing and reused by later runs. */
export async function installMage(): Promise<Installed> {
  const folder = process.env["QBO_MAGE_VENV"] ?? join(homedir(), ".cache", "qbo", "mage-venv");
  const bin = join(folder, "bin");
  const requirements = readFileSync(REQUIREMENTS, "utf8");
  const mark = join(folder, ".installed");
  const wanted = createHash("sha256").update(requirements).digest("hex");
  if (existsSync(mark) && readFileSync(mark, "utf8") === wanted) return { kind: "installed", bin };
  const python = await findPython();
  if (python === undefined) return absent("there is no Python 3.10 to 3.12 on the PATH");
  process.stderr.write(`Installing Mage into ${folder}: this takes some minutes, once.\n`);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(dirname(folder), { recursive: true });
  const made = await execa(python.command, ["-m", "venv", folder], { reject: false });
  if (made.exitCode !== 0) {
    return absent(
      `${python.command} cannot create a virtual environment (on Debian: apt-get install python3-venv)`,
    );
  }
  const what = python.version === "3.11" ? ["-r", REQUIREMENTS] : [mageOf(requirements), "psycopg2-binary"];
  const pip = await execa(join(bin, "pip"), ["install", "--quiet", ...what], { reject: false, all: true });
  if (pip.exitCode !== 0) return absent(`pip could not install Mage: ${pip.all.slice(-2000)}`);
  writeFileSync(mark, wanted);
  return { kind: "installed", bin };
}

const absent = (reason: string): Installed => ({ kind: "absent", reason });

const mageOf = (requirements: string): string => /^mage-ai==.+$/m.exec(requirements)?.[0] ?? "mage-ai";

async function findPython(): Promise<{ command: string; version: string } | undefined> {
  const print = "import sys; print('%d.%d' % sys.version_info[:2])";
  for (const command of PYTHONS) {
    const { exitCode, stdout } = await execa(command, ["-c", print], { reject: false });
    if (exitCode === 0 && SUPPORTED.test(stdout)) return { command, version: stdout };
  }
  return undefined;
}

if (import.meta.main) {
  const installed = await installMage();
  process.stdout.write(`${installed.kind === "installed" ? installed.bin : installed.reason}\n`);
  process.exitCode = installed.kind === "installed" ? 0 : 1;
}
