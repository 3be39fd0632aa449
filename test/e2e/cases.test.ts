import { cpSync, existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createFolder, qbo } from "../support/cli.ts";

const CASES = join(import.meta.dirname, "cases");

// Each case is a folder with `command`, the files of the working folder, and the transcript `expected.txt`.
it.each(readdirSync(CASES))("%s", async (name) => {
  const folder = createFolder({ withEntities: false });
  try {
    for (const part of ["entities", "templates", "qbo.yml"]) {
      const from = join(CASES, name, part);
      if (existsSync(from)) cpSync(from, join(folder.path, part), { recursive: true });
    }
    const before = readdirSync(folder.path);
    const args = readFileSync(join(CASES, name, "command"), "utf8")
      .trim()
      .split(" ");
    const { exitCode, stdout, stderr } = await qbo(args, { cwd: folder.path });
    const transcript = `exit ${exitCode}\n-- stdout\n${stdout}-- stderr\n${stderr}`.replaceAll(
      folder.path,
      "<folder>",
    );
    expect(transcript).not.toMatch(/\n\s+at .+:\d+/);
    await expect(transcript).toMatchFileSnapshot(join(CASES, name, "expected.txt"));
    if (exitCode !== 0) expect(readdirSync(folder.path)).toEqual(before);
  } finally {
    folder.remove();
  }
});
