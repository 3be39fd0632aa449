import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { FAULT_KINDS } from "./faults.ts";
import { createTestWorld, customer, insert, invoice } from "./test-support.ts";

const NOW = "2026-02-01T20:00:00Z";

async function struck(fault: string, more = "{}") {
  const test = createTestWorld({ now: NOW });
  await test.control("POST", "faults", JSON.stringify({ ...JSON.parse(more), fault }));
  return test.query("select * from Customer");
}

describe("a fault rule", () => {
  it.each([
    ["401", 401, "application/json", '"detail":"Token expired: eyJ'],
    ["401-malformed", 401, "application/json", "Malformed bearer token: too short or too long"],
    ["403", 403, "application/json", "errorCode=003100; statusCode=403"],
    ["413", 413, "text/html", "413 Request Entity Too Large"],
    [
      "429-xml",
      429,
      "application/xml",
      '<Fault type="SERVICE"><Error code="3001"><Message>message=ThrottleExceeded; errorCode=003001; statusCode=429</Message><Detail>The request limit was reached.  Try again later</Detail></Error></Fault>',
    ],
    [
      "429-json",
      429,
      "application/json",
      '"fault":{"error":[{"message":"message=ThrottleExceeded; errorCode=003001; statusCode=429"',
    ],
    ["500", 500, "application/json", "message=InternalServerError; errorCode=003100; statusCode=500"],
    ["500-html", 500, "text/html", "500 Internal Server Error"],
    ["502", 502, "text/html", "502 Bad Gateway"],
    ["503-html", 503, "text/html", "503 Service Temporarily Unavailable"],
    [
      "504",
      504,
      "application/xml",
      '<Error code="6002"><Message>message=GatewayTimeout; errorCode=006002; statusCode=504</Message></Error>',
    ],
    ["200-fault", 200, "application/json;charset=utf-8", '"code":"10000"}],"type":"SystemFault"}'],
    ["400-10000", 400, "application/json", '"code":"10000"'],
    ["4002", 400, "application/json", '"code":"4002"'],
    ["wrong-cluster", 401, "application/xml", '<Error code="130">'],
    ["subscription", 400, "application/json", "errorCode=007001"],
    ["company-status", 400, "application/json", '"code":"6190"'],
    ["permission", 400, "application/json", '"code":"5020"'],
    ["html-200", 200, "text/html", "We'll be back soon"],
    ["empty-200", 200, "application/json;charset=utf-8", ""],
  ])("%s answers %i", async (fault, status, contentType, text) => {
    const answer = await struck(fault);
    expect([answer.status, answer.contentType]).toEqual([status, contentType]);
    expect(answer.body).toContain(text);
  });

  it.each(["hang", "reset"])("%s leaves no answer", async (fault) => {
    expect(await struck(fault)).toMatchObject({ status: 0, connection: fault });
  });

  it("says how long to wait, if the rule says so", async () => {
    expect((await struck("429-retry-after", '{"retryAfter":7}')).headers).toEqual({ "Retry-After": "7" });
    expect((await struck("429-xml")).headers).toBeUndefined();
  });

  it("lets some requests pass, hits some, and is then used up", async () => {
    const test = createTestWorld({ now: NOW });
    await test.control("POST", "faults", '{"fault":"503-html","skip":1,"times":2}');
    const statuses: number[] = [];
    for (let index = 0; index < 5; index++) statuses.push((await test.query("select * from Item")).status);
    expect(statuses).toEqual([200, 503, 503, 200, 200]);
  });

  it.each([
    ['{"entity":"invoice"}', [200, 503, 503, 200]],
    ['{"count":true}', [200, 200, 503, 200]],
    ['{"count":false,"entity":"Invoice"}', [200, 503, 200, 200]],
    ['{"statementIncludes":"TXNDATE"}', [200, 503, 200, 200]],
    ['{"route":"token"}', [200, 200, 200, 503]],
    ['{"route":"cdc"}', [200, 200, 200, 200]],
    ["{}", [503, 503, 503, 200]],
  ])("with match %s hits only matching requests", async (match, expected) => {
    const test = createTestWorld({ now: NOW });
    await test.control("POST", "faults", `[{"fault":"503-html","match":${match}}]`);
    const answers = [
      await test.query("select * from Customer"),
      await test.query("select * from Invoice where TxnDate > '2026-01-01'"),
      await test.query("select count(*) from Invoice"),
      await test.refresh("simulator-refresh-token"),
    ];
    expect(answers.map((answer) => answer.status)).toEqual(expected);
  });

  it("can return one row more than was requested", async () => {
    const test = createTestWorld({ now: NOW, rows: { TimeActivity: 300 } }, true);
    await test.control("POST", "faults", '{"fault":"extra-row","times":1}');
    expect((await test.rows("select * from TimeActivity maxresults 100"))["maxResults"]).toBe(101);
    expect((await test.rows("select * from TimeActivity maxresults 100"))["maxResults"]).toBe(100);
  });

  it("can lose a token answer after the token was replaced", async () => {
    const test = createTestWorld({ now: NOW, rotation: "always", graceHours: 0 });
    await test.control("POST", "faults", '{"fault":"lost-token-answer","match":{"route":"token"},"times":1}');
    const token = test.world.grants.currentRefreshToken ?? "";
    expect(await test.refresh(token)).toMatchObject({ connection: "reset" });
    expect(test.world.requests.at(-1)).toMatchObject({
      route: "token",
      status: 0,
      fault: "lost-token-answer",
    });
    expect(test.world.grants.currentRefreshToken).not.toBe(token);
    expect((await test.refresh(token)).status).toBe(400);
  });

  it("is refused if there is no such fault or route", async () => {
    const test = createTestWorld();
    await expect(test.control("POST", "faults", '{"fault":"418"}')).rejects.toThrow("There is no fault 418");
    const route = '{"fault":"502","match":{"route":"tea"}}';
    await expect(test.control("POST", "faults", route)).rejects.toThrow("There is no route tea");
  });
});

it("every fault is explained in the README", () => {
  const readme = readFileSync(join(import.meta.dirname, "README.md"), "utf8");
  for (const kind of FAULT_KINDS) expect(readme).toContain(`\`${kind}\``);
});

describe("a mutation", () => {
  it("happens after the answer was created and before the next page", async () => {
    const test = createTestWorld({ now: NOW });
    const records = ["1", "2", "3", "4"].map((id) => invoice(id, `2026-01-0${id}T00:00:00-08:00`));
    insert(test, "Invoice", ...records);
    await test.control(
      "POST",
      "mutations",
      '{"after":1,"entity":"Invoice","do":[{"action":"delete","entity":"Invoice","id":"1"}]}',
    );
    const page = (start: number) =>
      test.query(`select Id from Invoice orderby Id startposition ${start} maxresults 2`);
    await test.query("select count(*) from Customer");
    expect((await page(1)).body).toContain('"Id":"1"');
    expect((await page(3)).body).not.toContain('"Id":"3"'); // the row that offset paging loses
    expect(await test.rows("select count(*) from Invoice")).toEqual({ totalCount: 3 });
  });

  it("can insert, edit, deactivate, void and poison, and keeps numbers", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "Ann", "2026-01-01T00:00:00-08:00"));
    insert(test, "Invoice", invoice("7", "2026-01-01T00:00:00-08:00", ',"Balance":10.00'));
    const actions = [
      '{"action":"insert","entity":"Invoice","records":[{"Id":"8","TotalAmt":639.00}]}',
      '{"action":"edit","entity":"Invoice","id":"8","set":{"Balance":1.10},"at":"2026-01-05T00:00:00-08:00"}',
      '{"action":"deactivate","entity":"Customer","id":"1"}',
      '{"action":"void","entity":"Invoice","id":"7"}',
    ];
    await test.control("POST", "mutations", `{"do":[${actions.join(",")}]}`);
    await test.query("select count(*) from Customer");
    const invoices = (await test.query("select * from Invoice orderby Id")).body;
    expect(invoices).toContain('"PrivateNote":"Voided"');
    expect(invoices).toContain('"TotalAmt":0,"Balance":0');
    expect(invoices).toContain('"Id":"8","TotalAmt":639.00');
    expect(invoices).toContain('"LastUpdatedTime":"2026-01-05T00:00:00-08:00"},"Balance":1.10');
    const customers = (await test.query("select * from Customer where Active = false")).body;
    expect(customers).toContain(
      '"DisplayName":"Ann (deleted)","FullyQualifiedName":"Ann (deleted)","Active":false',
    );
    expect(customers).toContain('"SyncToken":"1"');
    expect(customers).toMatch(/"LastUpdatedTime":"2026-02-01T12:00:0\d-08:00"/);
  });
});
