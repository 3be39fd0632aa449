import { describe, expect, it } from "vitest";
import { CountRefused } from "../errors.ts";
import { readCount } from "./read-records.ts";

const answer = (body: Record<string, unknown>) => ({ text: "", body, receivedAt: 0, asOf: 0, behind: 0 });

describe("readCount", () => {
  it("reads the number, none included", () => {
    expect(readCount(answer({ totalCount: 41 }))).toBe(41);
    expect(readCount(answer({ totalCount: 0 }))).toBe(0);
  });

  it.each([
    {},
    { CompanyInfo: [{}], maxResults: 1 },
    { totalCount: -1 },
    { totalCount: 1.5 },
    { totalCount: "41" },
    { totalCount: null },
  ])("takes %j for an entity that is not counted", (body) => {
    const read = () => readCount(answer(body));
    expect(read).toThrow(CountRefused);
    expect(read).toThrow(expect.objectContaining({ code: "QBO_NOT_COUNTED" }));
  });
});
