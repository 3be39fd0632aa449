import { expect, it } from "vitest";
import { createTestWorld, customer, insert, invoice } from "./test-support.ts";

const NOW = "2020-09-29T13:51:37.000Z";

/** The body without its time, because the clock moves on. */
async function bodyOf(test: ReturnType<typeof createTestWorld>, statement: string): Promise<string> {
  const { body, contentType } = await test.query(statement);
  expect(contentType).toBe("application/json;charset=utf-8");
  expect(body).toMatch(/,"time":"2020-09-29T06:51:3\d(\.\d*[1-9])?-07:00"\}$/);
  return body.replace(/,"time":"[^"]*"\}$/, "");
}

it("puts rows first, then startPosition and the number of rows", async () => {
  const test = createTestWorld({ now: NOW });
  const record = customer("1", "A", "2020-01-01T00:00:00-08:00", ',"Balance":639.00');
  insert(test, "Customer", record);
  expect(await bodyOf(test, "select * from customer maxresults 5")).toBe(
    `{"QueryResponse":{"Customer":[${record}],"startPosition":1,"maxResults":1}`,
  );
});

it("adds totalCount, equal to the rows of the answer, only for some entities", async () => {
  const test = createTestWorld({ now: NOW });
  const records = ["1", "2"].map((id) => invoice(id, "2020-01-01T00:00:00-08:00"));
  insert(test, "Invoice", ...records);
  expect(await bodyOf(test, "select * from invoice maxresults 1")).toBe(
    `{"QueryResponse":{"Invoice":[${records[1]}],"startPosition":1,"maxResults":1,"totalCount":1}`,
  );
});

it("contains a count, and is empty past the end", async () => {
  const test = createTestWorld({ now: NOW });
  expect(await bodyOf(test, "select count(*) from Customer")).toBe('{"QueryResponse":{"totalCount":0}');
  expect(await bodyOf(test, "select * from Customer")).toBe('{"QueryResponse":{}');
});

it("answers card payments under another key and wraps recurring transactions", async () => {
  const test = createTestWorld({ now: NOW });
  insert(test, "CreditCardPayment", invoice("1", "2020-01-01T00:00:00-08:00"));
  insert(test, "RecurringTransaction", `{"Bill":${invoice("2", "2020-01-01T00:00:00-08:00")}}`);
  expect(await bodyOf(test, "select * from CreditCardPayment")).toContain('{"CreditCardPaymentTxn":[{');
  expect(await bodyOf(test, "select * from RecurringTransaction")).toContain(
    '{"RecurringTransaction":[{"Bill":{',
  );
  expect(await bodyOf(test, "select * from RecurringTransaction where Type = 'Invoice'")).toBe(
    '{"QueryResponse":{}',
  );
});

it("returns records character for character", async () => {
  const test = createTestWorld({ now: NOW });
  const odd =
    ',"A":639.00,"B":1.50e+03,"C":12345678901234567890.123456789,"D":"\\u0000\\ud800\\/é😀","E":-0.0';
  const record = invoice("5000000000000085682", "2020-01-01T00:00:00-08:00", odd);
  await test.control("POST", "records/Invoice", `[ ${record.replaceAll(",", " ,\n")} ]`);
  expect(await bodyOf(test, "select * from Invoice")).toContain(`[${record}]`);
});

it("gives an attachable a different download link on each read", async () => {
  const test = createTestWorld({ now: NOW }, true);
  const first = await bodyOf(test, "select * from Attachable maxresults 1");
  expect(first).toContain('"TempDownloadUri":"https://attachments.example/');
  expect(await bodyOf(test, "select * from Attachable maxresults 1")).not.toBe(first);
});

it("answers in XML unless JSON is asked for", async () => {
  const test = createTestWorld({ now: NOW });
  insert(
    test,
    "Invoice",
    invoice("1", "2020-01-01T00:00:00-08:00", ',"CustomerRef":{"value":"2","name":"A & B"}'),
  );
  const answer = await test.call("GET", "/v3/company/{realm}/query?query=select%20*%20from%20Invoice", "", {
    accept: "*/*",
  });
  expect(answer.contentType).toBe("application/xml;charset=UTF-8");
  expect(answer.body).toContain(
    '<QueryResponse startPosition="1" maxResults="1" totalCount="1"><Invoice domain="QBO" sparse="false"><Id>1</Id>',
  );
  expect(answer.body).toContain('<CustomerRef name="A &amp; B">2</CustomerRef>');
});
