import { describe, expect, it } from "vitest";
import { createTestWorld, customer, insert, invoice, parseObject } from "./test-support.ts";

const NOW = "2026-02-01T20:00:00Z";
const OLD = "2026-01-01T00:00:00-08:00";

function post(test: ReturnType<typeof createTestWorld>, path: string, body: string) {
  return test.call("POST", `/v3/company/{realm}/${path}`, body, { "content-type": "application/json" });
}

describe("a write", () => {
  it("creates a record with an Id, times and unchanged numbers", async () => {
    const test = createTestWorld({ now: NOW });
    const answer = await post(
      test,
      "invoice",
      '{"CustomerRef":{"value":"1"},"Line":[{"Amount":12.50},{"Amount":7.5}]}',
    );
    expect(parseObject(answer.body)["Invoice"]).toMatchObject({
      Id: "1",
      SyncToken: "0",
      TotalAmt: 20,
      TxnDate: "2026-02-01",
    });
    expect(answer.body).toContain(
      '"Line":[{"Amount":12.50},{"Amount":7.5}],"TxnDate":"2026-02-01","TotalAmt":20.00,"Balance":20.00',
    );
  });

  it("does a sparse update and increases the SyncToken", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "Ann", OLD));
    const body = '{"Id":"1","SyncToken":"0","sparse":true,"Notes":"x"}';
    const answer = await post(test, "customer?operation=update", body);
    expect(parseObject(answer.body)["Customer"]).toMatchObject({
      DisplayName: "Ann",
      Notes: "x",
      SyncToken: "1",
    });
    const stale = await post(test, "customer?operation=update", body);
    expect([stale.status, stale.body.includes('"code":"5010"')]).toEqual([400, true]);
  });

  it("that changes nothing does not change the SyncToken or the time", async () => {
    const test = createTestWorld({ now: NOW });
    const record = customer("1", "Ann", OLD);
    insert(test, "Customer", record);
    expect((await post(test, "customer", '{"Id":"1","SyncToken":"0","DisplayName":"Ann"}')).body).toContain(
      record,
    );
  });

  it("deactivates once", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "Ann", OLD, ',"PrintOnCheckName":"Ann"'));
    const first = await post(test, "customer", '{"Id":"1","SyncToken":"0","Active":false}');
    expect(parseObject(first.body)["Customer"]).toMatchObject({
      DisplayName: "Ann (deleted)",
      PrintOnCheckName: "Ann",
      SyncToken: "1",
    });
    const second = await post(test, "customer", '{"Id":"1","SyncToken":"1","Active":false}');
    expect(parseObject(second.body)["Customer"]).toEqual(parseObject(first.body)["Customer"]);
  });

  it("deletes a transaction and voids one", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Invoice", invoice("1", OLD), invoice("2", OLD, ',"Line":[{"Amount":10.00}]'));
    const deleted = await post(test, "invoice?operation=delete", '{"Id":"1","SyncToken":"0"}');
    expect(deleted.body).toContain('{"Invoice":{"domain":"QBO","status":"Deleted","Id":"1"},"time":"');
    const voided = await post(test, "invoice?operation=void", '{"Id":"2","SyncToken":"0"}');
    expect(parseObject(voided.body)["Invoice"]).toMatchObject({
      TotalAmt: 0,
      PrivateNote: "Voided",
      Line: [{ Amount: 0 }],
    });
    expect(await test.rows("select count(*) from Invoice")).toEqual({ totalCount: 1 });
  });

  it("of a payment lowers balances in the same second and does not change the customer's SyncToken", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("5", "Amy", OLD, ',"Balance":739.00'));
    insert(test, "Invoice", invoice("7", OLD, ',"Balance":100.00'));
    const linked = '"Line":[{"Amount":100.00,"LinkedTxn":[{"TxnId":"7","TxnType":"Invoice"}]}]';
    const answer = await post(test, "payment", `{"CustomerRef":{"value":"5"},"TotalAmt":100.00,${linked}}`);
    const time = /"LastUpdatedTime":"([^"]+)"/.exec(answer.body)?.[1];
    const paid = (await test.query("select * from Customer")).body;
    expect(paid).toContain('"Balance":639.00');
    expect(paid).toContain('"SyncToken":"0"');
    expect(paid).toContain(`"LastUpdatedTime":"${time}"`);
    const settled = (await test.query("select * from Invoice")).body;
    expect(settled).toContain('"Balance":0');
    expect(settled).toContain(`"LastUpdatedTime":"${time}"`);
  });

  it.each([
    ["customer", '{"Id":"99","SyncToken":"0"}', "610"],
    ["customer", '{"givenName":"x"}', "2010"],
    ["customer", "nonsense", "2010"],
    ["customer", '{"Notes":"x"}', "2020"],
    ["invoice", '{"Line":[]}', "2020"],
    ["customer?operation=delete", '{"Id":"1","SyncToken":"0"}', "500"],
    ["customer", '{"DisplayName":"ann"}', "6240"],
    ["teapot", "{}", "500"],
  ])("to %s of %s is refused with code %s", async (path, body, code) => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "Ann", OLD));
    const answer = await post(test, path, body);
    expect([answer.status, answer.body.includes(`"code":"${code}"`)]).toEqual([400, true]);
  });
});

describe("a read", () => {
  it.each([
    ["customer/1", '{"Customer":{"DisplayName":"Alder & Ash Interiors"', undefined],
    ["taxcode/TAX", '{"TaxCode":{"Name":"TAX"', undefined],
    [
      "companyinfo/4620816365000000001",
      '{"CompanyInfo":{"CompanyName":"Tidewater Timber & Joinery"',
      undefined,
    ],
    ["preferences", '{"Preferences":{', undefined],
    [
      "exchangerate?sourcecurrencycode=EUR&asofdate=2025-07-07",
      '"AsOfDate":"2025-06-30","SourceCurrencyCode":"EUR"',
      undefined,
    ],
    ["customer/999", '"code":"610"', 400],
    ["customer/1/5", "{realm}/customer/1/5 of full path: https://", 400],
    ["customer", '"Message":"Unsupported Operation"', 400],
    ["reports/ProfitAndLoss", '"Message":"Unsupported Operation"', 400],
  ])("of %s", async (path, text, status = 200) => {
    const test = createTestWorld({ now: NOW }, true);
    const answer = await test.call("GET", `/v3/company/{realm}/${path}`);
    expect(answer.status).toBe(status);
    if (path !== "customer/1")
      expect(answer.body).toContain(text.replace("{realm}", test.world.credentials.realmId));
    else expect(answer.body).toContain('"DisplayName":"Alder & Ash Interiors"');
  });

  it("of an Id that is not a number is refused without a time", async () => {
    const answer = await createTestWorld().call("GET", "/v3/company/{realm}/customer/1.5");
    expect(answer.body).toBe(
      '{"Fault":{"Error":[{"Message":"Invalid ID","Detail":"Id should be a valid number. Supplied value:1.5","code":"2030","element":"Id"}],"type":"ValidationFault"}}',
    );
  });
});
