import { describe, expect, it } from "vitest";
import { readArgv, tieValues } from "./read-argv.ts";

const KNOWN = [
  { name: "from", takesValue: true },
  { name: "page-size", takesValue: true },
  { name: "demo", takesValue: false },
];
const read = (...argv: string[]) => Object.fromEntries(readArgv(argv, KNOWN));

describe("readArgv", () => {
  it("keeps options as they were written", () => {
    expect(read("run", "--from", "20260101", "--page-size=1e3", "--demo")).toEqual({
      from: "20260101",
      "page-size": "1e3",
      demo: "",
    });
    expect(read("--from", "")).toEqual({ from: "" });
    expect(read("--from=a=b", "--", "--bogus")).toEqual({ from: "a=b" });
  });

  it.each([
    [["--frmo", "x"], 'unknown option "--frmo"'],
    [["--from.x", "5"], 'unknown option "--from.x"'],
    [["--constructor", "5"], 'unknown option "--constructor"'],
    [["--__proto__", "5"], 'unknown option "--__proto__"'],
    [["--from", "a", "--from", "b"], "the option --from is given twice"],
    [["--from"], "the option --from needs a value"],
    [["--from", "--demo"], "the option --from needs a value"],
    [["--demo=yes"], "the option --demo takes no value"],
  ])("refuses %j", (argv, words) => {
    expect(() => read(...argv)).toThrow(words);
  });

  it("ties values that begin with a dash", () => {
    expect(tieValues(["run", "--page-size", "-1", "-q"], new Set(["page-size"]))).toEqual([
      "run",
      "--page-size=-1",
      "-q",
    ]);
  });
});
