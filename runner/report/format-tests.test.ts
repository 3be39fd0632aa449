import { expect, it } from "vitest";
import type { TestResult } from "../events.ts";
import { formatTests } from "./format-tests.ts";

it("the id of a record cannot forge a line of the report", () => {
  const result: TestResult = {
    name: "bills.records",
    spec: "bills",
    file: "bills.yml",
    table: "raw.qb_bills",
    status: "fail",
    failures: 1,
    message: "1 is missing: 7\nDone. PASS=1",
    hint: undefined,
  };
  const text = formatTests([result], "text", (word) => word);
  expect(text.match(/^Done\./gm)).toHaveLength(1);
  expect(text).toContain("1 is missing: 7\\u000aDone. PASS=1\n");
});
