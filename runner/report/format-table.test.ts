import { expect, it } from "vitest";
import { formatTable } from "./format-table.ts";

it("a table keeps its columns even if a cell contains line breaks or control characters", () => {
  const rows = [
    ["1\u001b[2J", "two\r\n\tlines", "x"],
    ["2", "one", "y"],
  ];
  expect(formatTable(["id", "name", ""], rows)).toBe(
    "id          name\n1\\u001b[2J  two\\u000a\\u0009lines  x\n2           one                   y\n",
  );
});
