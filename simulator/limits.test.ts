import { describe, expect, it } from "vitest";
import { createTestWorld } from "./test-support.ts";

const NOW = "2026-01-31T20:00:00Z";

describe("limits", () => {
  it("allow ten requests a second and answer the next one with an XML 429", async () => {
    const test = createTestWorld({ now: NOW, limits: true });
    const answers = [];
    for (let index = 0; index < 11; index++) answers.push(await test.query("select * from Item"));
    expect(answers.map(({ status }) => status)).toEqual([...Array(10).fill(200), 429]);
    expect(answers.at(-1)).toMatchObject({ contentType: "application/xml" });
    test.world.clock.advance(1000);
    expect((await test.query("select * from Item")).status).toBe(200);
  });

  it("allow 500 requests a minute", async () => {
    const test = createTestWorld({ now: NOW, limits: { perSecond: 1000 } });
    for (let index = 0; index < 500; index++) await test.query("select * from Item");
    expect((await test.query("select * from Item")).status).toBe(429);
    test.world.clock.advance(60_000);
    expect((await test.query("select * from Item")).status).toBe(200);
  });

  it("allow 40 batches a minute", async () => {
    const test = createTestWorld({ now: NOW, limits: { perSecond: 1000 } });
    const batch = () => test.call("POST", "/v3/company/{realm}/batch", '{"BatchItemRequest":[]}');
    for (let index = 0; index < 40; index++) await batch();
    expect((await batch()).status).toBe(429);
    expect((await test.query("select * from Item")).status).toBe(200);
  });

  it("allow ten requests in flight", async () => {
    const test = createTestWorld({ now: NOW, limits: { perSecond: 1000 }, latencyMs: 20 });
    const answers = await Promise.all(Array.from({ length: 12 }, () => test.query("select * from Item")));
    expect(answers.filter(({ status }) => status === 429)).toHaveLength(2);
    expect((await test.query("select * from Item")).status).toBe(200);
  });

  it("are off by default and can be changed", async () => {
    const test = createTestWorld({ now: NOW });
    for (let index = 0; index < 20; index++)
      expect((await test.query("select * from Item")).status).toBe(200);
    await test.control("POST", "limits", '{"perSecond":1}');
    await test.query("select * from Item");
    expect((await test.query("select * from Item")).status).toBe(429);
    await test.control("POST", "limits", '{"on":false}');
    expect((await test.query("select * from Item")).status).toBe(200);
  });
});

describe("the meter", () => {
  it("counts requests that read data and succeed", async () => {
    const test = createTestWorld({ now: NOW }, true);
    await test.query("select * from Item");
    await test.query("select count(*) from Item");
    await test.query("select * from Nothing");
    await test.call("GET", "/v3/company/{realm}/cdc?entities=Item&changedSince=2026-01-30");
    await test.call("GET", "/v3/company/{realm}/companyinfo/1");
    await test.call("POST", "/v3/company/{realm}/customer", '{"DisplayName":"New"}');
    await test.refresh("simulator-refresh-token");
    await test.control("POST", "faults", '{"fault":"502","times":1}');
    await test.query("select * from Item");
    expect(await test.control("GET", "meter")).toEqual({ used: 4, allowance: null, blocked: false });
  });

  it("blocks reads but not writes once the allowance is used up, until the next month", async () => {
    const test = createTestWorld({ now: NOW, monthlyAllowance: 2 }, true);
    const statuses: number[] = [];
    for (let index = 0; index < 3; index++) statuses.push((await test.query("select * from Item")).status);
    expect(statuses).toEqual([200, 200, 429]);
    const write = await test.call("POST", "/v3/company/{realm}/customer", '{"DisplayName":"New"}');
    expect(write.status).toBe(200);
    test.world.clock.advance(24 * 3_600_000);
    expect((await test.query("select * from Item")).status).toBe(401); // the access token has expired meanwhile
    await test.refresh("simulator-refresh-token");
    expect((await test.query("select * from Item")).status).toBe(200);
  });
});
