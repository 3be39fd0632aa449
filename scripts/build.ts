import { execFileSync } from "node:child_process";
import { chmodSync, copyFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

// Compiles the package into dist/: JavaScript that runs on every Node from 20.19 on.
const root = dirname(dirname(fileURLToPath(import.meta.url)));
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");

rmSync(join(root, "dist"), { recursive: true, force: true });
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: root, stdio: "inherit" });
for (const name of ["entity.schema.json", "project.schema.json"])
  copyFileSync(join(root, "runner/spec", name), join(root, "dist/runner/spec", name));
chmodSync(join(root, "dist/runner/bin.js"), 0o755);
