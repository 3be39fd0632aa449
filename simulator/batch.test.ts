import { expect, it } from "vitest";
import { createTestWorld, customer, insert, parseObject } from "./test-support.ts";

function batch(test: ReturnType<typeof createTestWorld>, items: readonly string[]) {
  return test.call(
    "POST",
    "/v3/company/{realm}/batch?minorversion=75",
    `{"BatchItemRequest":[${items.join(",")}]}`,
  );
}

it("answers each item separately, with the payload before the bId", async () => {
  const test = createTestWorld();
  const record = customer("1", "Ann", "2026-01-01T00:00:00-08:00", ',"Balance":639.00');
  insert(test, "Customer", record);
  const answer = await batch(test, [
    '{"bId":"a","Query":"select * from Customer"}',
    '{"bId":"b","Query":"select * from Custmoer"}',
    '{"bId":"c","operation":"create","Customer":{"DisplayName":"ANN"}}',
    '{"bId":"d","operation":"create","Vendor":{"DisplayName":"New"}}',
    '{"bId":"e"}',
  ]);
  expect(answer.status).toBe(200);
  const query = `{"QueryResponse":{"Customer":[${record}],"startPosition":1,"maxResults":1},"bId":"a"}`;
  expect(
    answer.body.startsWith(`{"BatchItemResponse":[${query},{"Fault":{"Error":[{"Message":"Invalid query"`),
  ).toBe(true);
  expect(parseObject(answer.body)["BatchItemResponse"]).toMatchObject([
    { bId: "a" },
    { bId: "b", Fault: { Error: [{ code: "4001" }] } },
    {
      bId: "c",
      Fault: { Error: [{ Message: "Duplicate Name Exists Error", code: "6240" }], type: "ValidationFault" },
    },
    { bId: "d", Vendor: { DisplayName: "New", Id: "1" } },
    { bId: "e", Fault: { Error: [{ code: "500" }] } },
  ]);
});

it("accepts at most thirty items", async () => {
  const test = createTestWorld();
  const item = '{"bId":"1","Query":"select * from Item"}';
  expect((await batch(test, Array(30).fill(item))).status).toBe(200);
  const refused = await batch(test, Array(31).fill(item));
  expect([refused.status, refused.body.includes('"code":"1040"')]).toEqual([400, true]);
});

it("refuses items that would take its answer above a thousand objects", async () => {
  const test = createTestWorld({ rows: { Invoice: 700 } }, true);
  const answer = await batch(test, [
    '{"bId":"1","Query":"select * from Invoice maxresults 700"}',
    '{"bId":"2","Query":"select * from Invoice maxresults 301"}',
    '{"bId":"3","Query":"select * from Invoice maxresults 300"}',
  ]);
  expect(parseObject(answer.body)["BatchItemResponse"]).toMatchObject([
    { QueryResponse: { maxResults: 700 } },
    { Fault: { Error: [{ code: "1040" }] } },
    { QueryResponse: { maxResults: 300 } },
  ]);
});

it("refuses a body that is not a batch", async () => {
  const answer = await createTestWorld().call("POST", "/v3/company/{realm}/batch", "nonsense");
  expect([answer.status, answer.body.includes('"code":"2010"')]).toEqual([400, true]);
});
