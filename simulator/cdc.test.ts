import { describe, expect, it } from "vitest";
import { createTestWorld, customer, insert, invoice } from "./test-support.ts";

const NOW = "2026-02-01T20:00:00Z";

function changes(test: ReturnType<typeof createTestWorld>, entities: string, since: string) {
  return test.call(
    "GET",
    `/v3/company/{realm}/cdc?entities=${entities}&changedSince=${encodeURIComponent(since)}`,
  );
}

describe("change data capture", () => {
  it("returns changes oldest first, then deletions, and an empty object if there are none", async () => {
    const test = createTestWorld({ now: NOW });
    const [older, newer] = [
      customer("1", "B", "2026-01-20T00:00:00-08:00"),
      customer("2", "A", "2026-01-21T00:00:00-08:00"),
    ];
    insert(test, "Customer", newer, older, customer("3", "C", "2026-01-01T00:00:00-08:00"));
    insert(
      test,
      "Invoice",
      invoice("9", "2026-01-25T00:00:00-08:00"),
      invoice("8", "2026-01-26T00:00:00-08:00"),
    );
    await test.control("DELETE", "records/Invoice/8", '{"at":"2026-01-27T08:00:00-08:00"}');
    const { body } = await changes(test, "Customer,Invoice,Item", "2026-01-20T00:00:00-08:00");
    expect(body.replace(/,"time":.*/, "")).toBe(
      `{"CDCResponse":[{"QueryResponse":[{"Customer":[${older},${newer}],"startPosition":1,"maxResults":2},` +
        `{"Invoice":[${invoice("9", "2026-01-25T00:00:00-08:00")},{"domain":"QBO","status":"Deleted","Id":"8","MetaData":{"LastUpdatedTime":"2026-01-27T08:00:00-08:00"}}],"startPosition":1,"maxResults":2,"totalCount":2},{}]}]`,
    );
  });

  it("shows deactivated records as inactive, not as deleted", async () => {
    const test = createTestWorld({ now: NOW });
    insert(test, "Customer", customer("1", "B", "2025-01-20T00:00:00-08:00"));
    await test.control("POST", "records/Customer/1/deactivate");
    expect((await changes(test, "customer", "2026-02-01T00:00:00-08:00")).body).toContain('"Active":false');
  });

  it("refuses to go back more than thirty days", async () => {
    const answer = await changes(createTestWorld({ now: NOW }), "Customer", "2026-01-02T00:00:00Z");
    expect(answer.status).toBe(400);
    expect(answer.body).toContain(
      '{"Message":"Unsupported Operation","Detail":"Operation cdc with changedSince date 2026-01-02T00:00:00Z which is older than fixed days is not supported.","code":"500"}',
    );
  });

  it.each(["JournalCode", "TaxAgency", "TimeActivity", "TaxCode", "TaxRate", "Nothing"])(
    "does not accept %s",
    async (name) => {
      expect((await changes(createTestWorld({ now: NOW }), name, "2026-01-30")).status).toBe(400);
    },
  );

  it("is cut off silently at a thousand objects over all entities", async () => {
    const rows = { Invoice: 600, Bill: 600 };
    const test = createTestWorld(
      { now: NOW, rows, rowsFrom: "2026-01-10T00:00:00Z", rowsTo: "2026-01-20T00:00:00Z" },
      true,
    );
    const answer = await changes(test, "Invoice,Bill", "2026-01-09T00:00:00Z");
    expect([answer.status, answer.rows]).toEqual([200, 1000]);
    expect(answer.body).toContain('"maxResults":400');
  });
});
