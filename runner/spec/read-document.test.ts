import { describe, expect, it } from "vitest";
import { readDocument } from "./read-document.ts";

const NOTHING = { vars: {}, env: {} };
const read = (text: string) => readDocument("x.yml", text, NOTHING);

describe("a YAML file", () => {
  const text = "a: 1\nb:\n  c: [x, yy]\n  'd': z\n";
  const pieceAt = (path: readonly string[], part?: "key" | "value"): string => {
    const { at, length } = read(text).spanOf(path, part);
    return text.slice(at, at + length);
  };

  it("knows the place of each of its parts", () => {
    expect(read(text).value).toEqual({ a: 1, b: { c: ["x", "yy"], d: "z" } });
    expect(pieceAt(["a"])).toBe("1");
    expect(pieceAt(["b", "c", "1"])).toBe("yy");
    expect(pieceAt(["b", "d"])).toBe("z");
    expect(pieceAt(["a"], "key")).toBe("a");
    expect(pieceAt(["b"], "key")).toBe("b");
    expect(pieceAt(["b", "c"], "key")).toBe("c");
    expect(pieceAt(["b", "d"], "key")).toBe("'d'");
    expect(pieceAt([])).toBe(text);
    expect(pieceAt([], "key")).toBe(text);
  });

  it("uses its beginning as the place of a missing part", () => {
    for (const path of [["nothing"], ["b", "nothing"], ["a", "b"]]) {
      expect(read(text).spanOf(path)).toEqual({ at: 0, length: 1 });
      expect(read(text).spanOf(path, "key")).toEqual({ at: 0, length: 1 });
    }
    expect(read("").spanOf([])).toEqual({ at: 0, length: 1 });
  });

  it("describes a place by line, column and a length of at least one", () => {
    const { problemAt } = read(text);
    const problem = { severity: "error", code: "c", message: "m" } as const;
    expect(problemAt({ at: 10, length: 3 }, problem)).toEqual({
      ...problem,
      file: "x.yml",
      line: 3,
      column: 3,
      length: 3,
    });
    expect(problemAt({ at: 0, length: 0 }, problem)).toMatchObject({ line: 1, column: 1, length: 1 });
    expect(read("").problemAt({ at: 0, length: 0 }, problem)).toMatchObject({ line: 1, column: 1 });
  });

  it.each([
    ["a: [1\n", "yaml/syntax"],
    ["a: b: c\n", "yaml/syntax"],
    ["a: 1\na: 2\n", "yaml/syntax"],
    ["a: *nothing\n", "yaml/"],
  ])("with broken syntax has no value and a problem of one line: %j", (broken, code) => {
    const { value, problems } = read(broken);
    expect(value).toBeUndefined();
    expect(problems.length).toBeGreaterThan(0);
    for (const problem of problems) {
      expect(problem.code).toContain(code);
      expect(problem.severity).toBe("error");
      expect(problem.message).not.toMatch(/\n|:$/);
      expect(problem.hint).not.toBe("");
    }
  });

  it("may use a limited number of aliases", () => {
    expect(read("a: &x [1]\nb: *x\n")).toMatchObject({ value: { a: [1], b: [1] }, problems: [] });
  });
});
