import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ROOT } from "../support/cli.ts";

let folder: string;
const inFolder = (command: string, ...args: string[]) => execa(command, args, { cwd: folder, reject: false });

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), "qbo-package-"));
  await execa("npm", ["pack", "--pack-destination", folder], { cwd: ROOT });
  const [tarball = ""] = readdirSync(folder);
  writeFileSync(join(folder, "package.json"), '{ "name": "elsewhere", "private": true }\n');
  await execa("npm", ["install", "--no-audit", "--no-fund", `./${tarball}`], { cwd: folder });
}, 300_000);
afterAll(async () => {
  await inFolder("npx", "qbo", "postgres", "stop");
  rmSync(folder, { recursive: true, force: true });
});

describe("the packed package", () => {
  it("runs in another folder", async () => {
    const { stdout, exitCode } = await inFolder("npx", "qbo", "--version");
    expect(stdout).toMatch(/^qbo\/\d+\.\d+\.\d+/);
    expect(exitCode).toBe(0);
  });

  it("contains compiled code, specs and templates, but no sources", () => {
    const files = readdirSync(join(folder, "node_modules", "qbo"), { recursive: true, encoding: "utf8" });
    expect(files).toEqual(
      expect.arrayContaining([
        "entities/customers.yml",
        "templates/upsert.sql.hbs",
        "dist/runner/spec/entity.schema.json",
      ]),
    );
    expect(files.filter((file) => /\.ts$|^test\//.test(file) && !file.includes("node_modules"))).toEqual([]);
  });

  it("loads its demo", async () => {
    const { exitCode, stderr } = await inFolder(
      "npx",
      "qbo",
      "run",
      "--demo",
      "--from",
      "2026-01-01",
      "--to",
      "2026-02-01",
    );
    expect(stderr).toContain("Completed successfully");
    expect(exitCode).toBe(0);
  });
});
