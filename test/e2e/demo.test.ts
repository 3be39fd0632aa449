import { chmodSync, chownSync, readFileSync, statSync } from "node:fs";
import { dirname } from "node:path";
import { execa } from "execa";
import pg from "pg";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";

let folder: Folder;
beforeEach(() => {
  folder = createFolder({ withEntities: false });
});
afterEach(async () => {
  await qbo(["postgres", "stop"], { cwd: folder.path });
  folder.remove();
});

const DEMO = ["run", "--demo", "--from", "2026-01-01", "--to", "2026-02-01"];

describe("the demo", () => {
  it("loads a month in an empty folder, and finds its database again the next time", async () => {
    const first = await qbo(DEMO, { cwd: folder.path });
    expect(first.exitCode).toBe(0);
    expect(first.stderr).toMatch(/window 2026-01-\d\dT00:00:00Z of raw\.qb_invoices/);
    expect(first.stderr).toContain("Done. PASS=39 PARTIAL=0 ERROR=0 SKIP=0 TOTAL=39");
    const second = await qbo(DEMO, { cwd: folder.path });
    expect(second.exitCode).toBe(0);
    expect(second.stderr).toMatch(
      /Total: \d+ rows \(0 inserted, 0 updated, \d+ unchanged, 0 stale, 0 vanished\)/,
    );
  });

  it("says how to look at the tables, and that way works", async () => {
    const { stdout } = await qbo(DEMO, { cwd: folder.path });
    const [, passFile, host, port, user, database, sql] =
      /PGPASSFILE='(.+)' psql -h (\S+) -p (\d+) -U (\S+) -d (\S+) -c '(.+)'/.exec(stdout) ?? [];
    const password = readFileSync(passFile ?? "", "utf8")
      .trim()
      .split(":")
      .at(-1);
    const client = new pg.Client({
      host: host ?? "",
      port: Number(port),
      user: user ?? "",
      database: database ?? "",
      password: password ?? "",
    });
    await client.connect();
    const { rows } = await client.query(sql ?? "");
    await client.end();
    expect(rows.length).toBeGreaterThan(0);
    expect(stdout).toContain("npx qbo status --demo");
    const status = await qbo(["status", "--demo"], { cwd: folder.path });
    expect(status.stdout).toMatch(/raw\.qb_customers +\d+ +\d+ +31 /);
  });

  it("ends with one summary event", async () => {
    const { stderr, stdout } = await qbo([...DEMO, "--log-format", "json"], { cwd: folder.path });
    expect(JSON.parse(stderr.trim().split("\n").at(-1) ?? "")).toMatchObject({
      type: "summary",
      status: "success",
    });
    expect(stdout).toBe("");
  });

  it("works for an ordinary user as well as for root", async ({ skip }) => {
    if (process.getuid?.() !== 0) skip("the other tests ran as an ordinary user already");
    if (!isOpenToAll(ROOT)) skip(`${ROOT} is closed to other users`);
    chmodSync(folder.path, 0o700);
    chownSync(folder.path, 65_534, 65_534);
    const as = [
      "--reuid=65534",
      "--regid=65534",
      "--clear-groups",
      process.execPath,
      `${ROOT}/runner/bin.ts`,
    ];
    const options = {
      cwd: folder.path,
      reject: false,
      extendEnv: false,
      env: { PATH: process.env["PATH"] ?? "" },
    } as const;
    const { exitCode, stderr } = await execa("setpriv", [...as, ...DEMO], options);
    await execa("setpriv", [...as, "postgres", "stop"], options);
    expect(stderr).toContain("Completed successfully");
    expect(exitCode).toBe(0);
  });
});

/** Whether other users can pass through every folder down to this one. */
function isOpenToAll(path: string): boolean {
  const open = (folder: string): boolean => {
    const mode = statSync(folder).mode;
    return (mode & 0o005) === 0o005 && (dirname(folder) === folder || open(dirname(folder)));
  };
  return open(path);
}
