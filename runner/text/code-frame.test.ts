import { expect, it } from "vitest";
import { codeFrame } from "./code-frame.ts";

it("puts the marks under the right place even after a control character that is shown as an escape", () => {
  const source = "version: 1\n\u202ename:\tBill\n";
  expect(codeFrame({ line: 2, column: 8, length: 4 }, source)).toBe(
    "  1 | version: 1\n> 2 | \\u202ename: Bill\n    |             ^^^^\n",
  );
});
