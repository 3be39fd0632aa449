import { describe, expect, it } from "vitest";
import type { Problem } from "../spec/types.ts";
import { formatValidation } from "./format-validation.ts";

const problem = (more: Partial<Problem>): Problem => ({
  severity: "error",
  code: "schema/type",
  message: "m",
  file: "a.yml",
  line: 2,
  column: 3,
  length: 4,
  ...more,
});
const format = (problems: Problem[], name: "github" | "junit") =>
  formatValidation({ files: ["a.yml", "b.yml"], problems, textOf: () => "" }, name, (text) => text);

describe("validation", () => {
  it("becomes workflow commands of GitHub, one on each line", () => {
    const odd = problem({ file: "a,b:c.yml", message: "50%\nmore", hint: "try", severity: "warning" });
    expect(format([odd], "github")).toBe(
      "::warning file=a%2Cb%3Ac.yml,line=2,col=3,endColumn=7,title=schema/type::50%25%0Amore%0Awhat to do: try\n",
    );
  });

  it("becomes a JUnit report with a case for every file", () => {
    const report = format([problem({ message: `<b> & "c" 'd' \u0000\uD800` })], "junit");
    expect(report).toContain('<testsuite name="qbo validate" tests="2" failures="1" errors="0">');
    expect(report).toContain('message="&lt;b&gt; &amp; &quot;c&quot; &apos;d&apos; \uFFFD\uFFFD"');
    expect(report.match(/<testcase /g)).toHaveLength(2);
  });

  it("is well-formed XML with any text in it", () => {
    const texts = ["<", "]]>", "&amp;", "\u0008", "a\n\tb", "🜁"].map((message) =>
      problem({ message, file: `${message}.yml`, severity: "warning" }),
    );
    const open: string[] = [];
    const report = format([...texts, problem({})], "junit").replace(/^<\?xml [^?]*\?>/, "");
    for (const [, close, name, rest] of report.matchAll(
      /<(\/?)([a-z-]+)((?: [a-z]+="[^"<&]*(?:&\w+;[^"<&]*)*")*)>/g,
    )) {
      if (close === "/") expect(open.pop()).toBe(name);
      else open.push(name ?? "");
      expect(close === "/" ? rest : "").toBe("");
    }
    expect(open).toEqual([]);
    expect(report.replaceAll(/<[^<>]*>/g, "")).not.toMatch(/[<>]|&(?!\w+;)/);
  });
});
