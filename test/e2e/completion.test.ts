import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, expect, it } from "vitest";
import { createFolder, type Folder, qbo } from "../support/cli.ts";

let folder: Folder;
beforeEach(() => {
  folder = createFolder();
});
afterEach(() => folder.remove());

async function completedBy(...words: string[]): Promise<string[]> {
  const { stdout } = await qbo(["completion", "bash"], { cwd: folder.path });
  writeFileSync(join(folder.path, "qbo.bash"), stdout);
  const script = `source ./qbo.bash; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _qbo; printf '%s\\n' "\${COMPREPLY[@]}"`;
  const done = await execa("bash", ["-c", script, "bash", "qbo", ...words], { cwd: folder.path });
  return done.stdout.split("\n").filter((line) => line !== "");
}

it.each([
  [["re"], ["retry"]],
  [["run", "--exc"], ["--exclude"]],
  [["run", "tax_c"], ["tax_codes"]],
  [
    ["show", "custom"],
    ["customer_types", "customers"],
  ],
  [["run", "ent"], ["entities"]],
  [["retry", "--exc"], []],
  [["status", "tax_c"], []],
])("bash completes %j", async (words, expected) => {
  expect((await completedBy(...words)).toSorted()).toEqual(expected);
});

it.each(["zsh", "fish"])("%s knows every command and its options", async (shell) => {
  const { stdout } = await qbo(["completion", shell], { cwd: folder.path });
  const help = await qbo(["--help"], { cwd: folder.path });
  const commands = [...help.stdout.matchAll(/^ {2}([a-z]+) /gm)].map(([, name = ""]) => name);
  expect(commands.length).toBeGreaterThan(12);
  expect(commands.filter((name) => !new RegExp(`\\b${name}\\b`).test(stdout))).toEqual([]);
  expect(stdout).toContain("exclude");
});

it("refuses any other shell", async () => {
  const { exitCode, stderr } = await qbo(["completion", "tcsh"], { cwd: folder.path });
  expect(stderr).toContain("use one of bash, zsh, fish");
  expect(exitCode).toBe(2);
});
