import { describe, expect, it } from "vitest";
import { createTestWorld, customer, idsOf, insert } from "./test-support.ts";

const NOW = "2026-02-01T20:00:00Z";
const OLD = "2026-01-01T00:00:00-08:00";

describe("the control API", () => {
  it("lists requests without secrets, and forgets them", async () => {
    const test = createTestWorld({ now: NOW });
    await test.query("select * from customer");
    await test.refresh("simulator-refresh-token");
    const { requests } = await test.control("GET", "requests");
    expect(requests).toMatchObject([
      {
        number: 1,
        route: "query",
        method: "POST",
        path: "/v3/company/4620816365000000001/query",
        statement: "select * from customer",
        entity: "Customer",
        minorVersion: "75",
        status: 200,
        rows: 0,
        headers: { accept: "application/json" },
      },
      { number: 2, route: "token", status: 200 },
    ]);
    expect(JSON.stringify(requests)).not.toMatch(/bearer |basic |refresh_token=/i);
    expect((await test.control("GET", "requests?route=token"))["requests"]).toHaveLength(1);
    await test.control("DELETE", "requests");
    expect(await test.control("GET", "requests")).toEqual({ requests: [] });
  });

  it("inserts, edits, touches, lists and deletes records", async () => {
    const test = createTestWorld({ now: NOW });
    expect(await test.control("POST", "records/customer", customer("1", "Ann", OLD))).toEqual({
      ok: true,
      changed: 1,
    });
    const patch = '{"set":{"Balance":639.00},"at":"2026-01-09T00:00:00-08:00"}';
    await test.control("PATCH", "records/Customer/1", patch);
    const edited = (await test.call("GET", "/simulator/records/Customer")).body;
    expect(edited).toContain('"SyncToken":"1"');
    expect(edited).toContain('"LastUpdatedTime":"2026-01-09T00:00:00-08:00"},"Balance":639.00}');
    await test.control("POST", "records/Customer/1/touch");
    const touched = (await test.call("GET", "/simulator/records/Customer")).body;
    expect(touched).toContain('"SyncToken":"1"');
    expect(touched).toMatch(/"LastUpdatedTime":"2026-02-01T12:00:0/);
    await test.control("DELETE", "records/Customer/1");
    expect(await test.control("GET", "records/Customer")).toEqual({ records: [] });
  });

  it("gives records without times the simulated time", async () => {
    const test = createTestWorld({ now: NOW });
    await test.control("POST", "records/Item", '[{"Id":"1","Name":"A"},{"Id":"2","Name":"B"}]');
    const statement = "select Id from Item where MetaData.LastUpdatedTime >= '2026-02-01T20:00:00Z'";
    expect(idsOf(await test.rows(statement))).toEqual(["1", "2"]);
    await test.control("DELETE", "records/Item");
    expect(await test.rows("select count(*) from Item")).toEqual({ totalCount: 0 });
  });

  it("moves the clock", async () => {
    const test = createTestWorld({ now: NOW });
    const { now } = await test.control("POST", "clock", '{"advance_hours":24,"advance_ms":1000}');
    expect(now).toMatch(/^2026-02-02T20:00:0[12]/);
    expect((await test.control("POST", "clock", '{"now":"2026-05-01T00:00:00Z"}'))["now"]).toMatch(
      /^2026-05-01T00:00:00/,
    );
  });

  it("expires and revokes tokens, and changes their rotation", async () => {
    const test = createTestWorld({ now: NOW });
    await test.control("POST", "tokens/expire");
    expect((await test.query("select * from Item")).body).toContain("Token expired");
    await test.control("POST", "tokens/rotation", '{"rotation":"always","grace_hours":0}');
    await test.refresh("simulator-refresh-token");
    expect((await test.query("select * from Item")).status).toBe(200);
    expect((await test.control("GET", "tokens"))["refresh_token"]).toMatch(/^RT1-/);
    expect((await test.refresh("simulator-refresh-token")).status).toBe(400);
    await test.control("POST", "tokens/revoke");
    expect((await test.query("select * from Item")).body).toContain("Token revoked");
  });

  it("sets and resets the monthly allowance", async () => {
    const test = createTestWorld({ now: NOW });
    await test.query("select * from Item");
    expect(await test.control("POST", "meter", '{"allowance":1}')).toEqual({
      used: 1,
      allowance: 1,
      blocked: true,
    });
    expect((await test.query("select * from Item")).status).toBe(429);
    expect(await test.control("DELETE", "meter")).toMatchObject({ used: 0, blocked: false });
  });

  it("runs actions immediately", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "Ann", OLD));
    const actions = [
      '{"action":"advance","ms":1000}',
      '{"action":"deactivate","entity":"Customer","id":"1"}',
    ];
    expect(await test.control("POST", "actions", `{"do":[${actions.join(",")}]}`)).toEqual({
      ok: true,
      changed: 2,
    });
    expect(await test.rows("select count(*) from Customer")).toEqual({ totalCount: 0 });
  });

  it.each([
    ["GET", "nothing", "", 404],
    ["POST", "records/Teapot", "[]", 404],
    ["POST", "records/Item", "[{", 400],
    ["PATCH", "records/Item/7", '{"set":{}}', 404],
    ["POST", "actions", '{"do":[{"action":"dance","entity":"Customer","id":"1"}]}', 400],
    ["POST", "mutations", '{"after":1}', 400],
    ["POST", "clock", '{"now":"soon"}', 400],
  ])("answers an invalid %s %s with a sentence", async (method, path, body, status) => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "Ann", OLD));
    const answer = await test.call(method, `/simulator/${path}`, body);
    expect(answer.status).toBe(status);
    expect(answer.body).toMatch(/^\{"error":".+"\}$/);
  });
});
