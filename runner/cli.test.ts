import { expect, it } from "vitest";
import { main } from "./cli.ts";
import { REAL_CLOCK } from "./real-clock.ts";

/** Everything that a command prints to a terminal with colours. */
async function printedBy(
  argv: readonly string[],
  env: Readonly<Record<string, string>> = {},
): Promise<string> {
  let text = "";
  const write = (more: string): void => {
    text += more;
  };
  const signal = new AbortController().signal;
  await main(
    { argv, env, cwd: "/", signal, clock: REAL_CLOCK },
    { out: write, err: write, colour: true, terminal: true },
  );
  return text;
}

const HARMFUL = "\u001b[31m\u009b\u202e\u2028";
const VISIBLE = "\\u001b[31m\\u009b\\u202e\\u2028";

it("colours an error, and escapes the control characters of what it quotes", async () => {
  expect(await printedBy([HARMFUL])).toContain(
    `\u001b[31merror[USAGE]\u001b[39m unknown command "${VISIBLE}"\n`,
  );
});

it("keeps the message of an error unchanged in JSON", async () => {
  const text = await printedBy([HARMFUL, "--log-format", "json"]);
  expect(text).toContain(VISIBLE);
  expect(text).not.toMatch(/[^\P{Cc}\n]|[\u2028\u202e]/u);
  expect(JSON.parse(text).failure.message).toBe(`unknown command "${HARMFUL}"`);
});

it("escapes control characters in the text of a bug", async () => {
  const env = {
    get QBO_ENV(): string {
      throw new TypeError(HARMFUL);
    },
  };
  expect(await printedBy(["ls"], env)).toContain(`with this text:\nTypeError: ${VISIBLE}\n`);
});
