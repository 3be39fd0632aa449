import { cac } from "cac";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { checkOptions, escapeArgv, unescapeValue } from "./escape-argv.ts";

const KNOWN = new Map([
  ["from", true],
  ["page-size", true],
  ["demo", false],
]);

it.each([
  [
    ["run", "--from", "007"],
    ["run", "--from==007"],
  ],
  [["--from="], ["--from=="]],
  [["--from", ""], ["--from=="]],
  [["--from=a=b"], ["--from==a=b"]],
  [
    ["--page-size", "-1", "-q", "x"],
    ["--page-size==-1", "-q=true", "x"],
  ],
  [
    ["--demo", "x"],
    ["--demo=true", "x"],
  ],
  [["--demo=true"], ["--demo=false"]],
  [["--from"], ["--from"]],
  [
    ["--from", "--demo"],
    ["--from", "--demo=true"],
  ],
  [
    ["--bogus", "x"],
    ["--bogus", "x"],
  ],
  [
    ["--demo", "--", "--demo", "-q"],
    ["--demo=true", "--", "--demo", "-q"],
  ],
])("rewrites %j for cac as %j", (argv, escaped) => {
  expect(escapeArgv(argv, KNOWN)).toEqual(escaped);
});

it("gets every value back from cac as it was written", () => {
  const cli = cac("qbo");
  cli.option("--from <instant>", "");
  cli.option("--demo", "");
  const written = (argv: string[]): unknown => {
    const { options } = cli.parse(["node", "qbo", ...escapeArgv(argv, KNOWN)], { run: false });
    return unescapeValue(options["from"]);
  };
  const text = fc.oneof(
    fc.string({ unit: "binary" }),
    fc.string({ unit: fc.constantFrom("-", "=", "0", "1", "e", "x", ".", " ", "\n") }),
    fc.constantFrom("9341453474484455123", "007", "1e3", "true", "false", "__proto__"),
  );
  fc.assert(fc.property(text, (value) => written([`--from=${value}`]) === value));
  fc.assert(
    fc.property(text, (value) => value.startsWith("--") || written(["--demo", "--from", value]) === value),
  );
});

it.each([
  [["--frmo", "x"], 'unknown option "--frmo"'],
  [["--from.x", "5"], 'unknown option "--from.x"'],
  [["--constructor", "5"], 'unknown option "--constructor"'],
  [["--__proto__", "5"], 'unknown option "--__proto__"'],
  [["-"], 'unknown option "-"'],
  [["--from", "a", "--from", "b"], "the option --from is given twice"],
  [["--from"], "the option --from needs a value"],
  [["--from", "--demo"], "the option --from needs a value"],
  [["--demo=yes"], "the option --demo takes no value"],
])("refuses %j", (argv, words) => {
  expect(() => checkOptions(escapeArgv(argv, KNOWN), KNOWN)).toThrow(words);
});
