import { describe, expect, it } from "vitest";
import { amount, NumberText, writeDraft } from "./number-text.ts";

describe("amount", () => {
  it.each([
    [82500, "825.00"],
    [63900, "639.00"],
    [5, "0.05"],
    [0, "0"],
    [-160267, "-1602.67"],
    [-7, "-0.07"],
  ])("writes %d cents as %s", (cents, text) => {
    expect(amount(cents).text).toBe(text);
  });
});

it("writes drafts without white space and leaves out undefined members", () => {
  const draft = {
    Id: "1",
    Note: undefined,
    Rate: new NumberText("1.0800"),
    List: [{}, [], true, null, "é\n"],
  };
  expect(writeDraft(draft)).toBe('{"Id":"1","Rate":1.0800,"List":[{},[],true,null,"é\\n"]}');
});
