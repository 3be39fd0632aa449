import { describe, expect, it } from "vitest";
import { createTestWorld } from "./test-support.ts";

const STATEMENT = "select Id from Customer where DisplayName = 'Robertson & Associates' or";

describe("a query request", () => {
  const encoded = encodeURIComponent(STATEMENT);

  it.each([
    ["GET", `?query=${encoded}&minorversion=75`, "", ""],
    ["GET", `?query=${encoded.replaceAll("%20", "+")}`, "", ""],
    ["POST", "?minorversion=75", STATEMENT, "application/text"],
    ["POST", "", STATEMENT, "text/plain; charset=utf-8"],
    ["POST", "", STATEMENT, "application/text"],
    ["POST", "", `query=${encoded}`, "application/x-www-form-urlencoded"],
    ["POST", "", encoded, "application/x-www-form-urlencoded"],
  ])("by %s %s passes on its statement", async (method, query, body, type) => {
    const test = createTestWorld();
    await test.call(method, `/v3/company/{realm}/query${query}`, body, { "content-type": type });
    expect(test.world.requests.at(-1)).toMatchObject({
      statement: STATEMENT,
      entity: "Customer",
      status: 400,
    });
  });

  it("with a JSON body is refused", async () => {
    const headers = { "content-type": "application/json" };
    const answer = await createTestWorld().call(
      "POST",
      "/v3/company/{realm}/query",
      `{"query":"x"}`,
      headers,
    );
    expect(answer.status).toBe(400);
    expect(answer.body).toContain('Encountered: \\"{\\" (123), after : \\"\\"');
  });

  it("without a statement is refused", async () => {
    const answer = await createTestWorld().call("GET", "/v3/company/{realm}/query");
    expect(answer.body).toContain('QueryParserError: Encountered \\"<EOF>\\" at line 0, column 0.');
  });

  it("with an unescaped plus in an offset is refused", async () => {
    const query =
      "select%20*%20from%20Invoice%20where%20MetaData.LastUpdatedTime>'2026-01-01T00:00:00+07:00'";
    const answer = await createTestWorld().call("GET", `/v3/company/{realm}/query?query=${query}`);
    expect([answer.status, answer.body.includes('"code":"4001"')]).toEqual([400, true]);
  });
});
