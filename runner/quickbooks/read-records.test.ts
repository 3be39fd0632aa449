import { describe, expect, it } from "vitest";
import { CountRefused, RunnerError } from "../errors.ts";
import { readCount, readRecords } from "./read-records.ts";

const answer = (body: Readonly<Record<string, unknown>>) => ({
  text: "",
  body,
  receivedAt: 0,
  asOf: 0,
  behind: 0,
});

describe("readRecords", () => {
  it("returns the list under the answer key, and no records if an empty page leaves the key out", () => {
    expect(readRecords(answer({ Customer: [{ Id: "1" }], maxResults: 1 }), "Customer")).toEqual([
      { Id: "1" },
    ]);
    expect(readRecords(answer({ startPosition: 1 }), "Customer")).toEqual([]);
  });

  it.each([
    ["are under another key", { CreditCardPaymentTxn: [] }, 'they are under "CreditCardPaymentTxn"'],
    ["are not a list", { Customer: { Id: "1" } }, "it is not a list"],
    ["are not a list but another key holds one", { Customer: 1, Vendor: [] }, "it is not a list"],
  ])("throws if the records %s", (_, body, words) => {
    expect(() => readRecords(answer(body), "Customer")).toThrow(RunnerError);
    expect(() => readRecords(answer(body), "Customer")).toThrow(words);
  });
});

describe("readCount", () => {
  it("reads the number, including zero", () => {
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
  ])("understands from %j that the entity is not counted", (body) => {
    const read = () => readCount(answer(body));
    expect(read).toThrow(CountRefused);
    expect(read).toThrow(expect.objectContaining({ code: "QBO_NOT_COUNTED" }));
  });
});
