import { describe, expect, it } from "vitest";
import type { SimulatorOptions } from "../options.ts";
import { basic, createTestWorld, parseObject } from "../test-support.ts";

const HOUR = 3_600_000;
const FORM = { "content-type": "application/x-www-form-urlencoded" };

async function refreshed(test: ReturnType<typeof createTestWorld>, token: string) {
  const answer = await test.refresh(token);
  return { status: answer.status, body: parseObject(answer.body) };
}

/** A world, and the token from the first rotation. */
async function rotated(options: SimulatorOptions) {
  const test = createTestWorld(options);
  test.world.clock.advance(24 * HOUR);
  const { body } = await refreshed(test, "simulator-refresh-token");
  return { test, next: String(body["refresh_token"]) };
}

describe("a refresh", () => {
  it("returns an access token for an hour and the seconds left of the refresh token", async () => {
    const { status, body } = await refreshed(createTestWorld(), "simulator-refresh-token");
    expect(status).toBe(200);
    expect(Object.keys(body)).toEqual([
      "token_type",
      "expires_in",
      "refresh_token",
      "x_refresh_token_expires_in",
      "access_token",
    ]);
    expect(body).toMatchObject({
      token_type: "bearer",
      expires_in: 3600,
      refresh_token: "simulator-refresh-token",
    });
    expect(body["x_refresh_token_expires_in"]).toBeGreaterThan(8_726_390);
  });

  it("returns the same refresh token for a day, with fewer seconds left", async () => {
    const test = createTestWorld();
    test.world.clock.advance(23 * HOUR);
    const { body } = await refreshed(test, "simulator-refresh-token");
    expect(body["refresh_token"]).toBe("simulator-refresh-token");
    expect(body["x_refresh_token_expires_in"]).toBeLessThanOrEqual(8_726_400 - 23 * 3600);
  });

  it("returns a new refresh token after a day", async () => {
    const { next } = await rotated({});
    expect(next).toMatch(/^RT1-/);
  });

  it("accepts the replaced token for one day of grace, and returns the current one", async () => {
    const { test, next } = await rotated({});
    test.world.clock.advance(23 * HOUR);
    expect((await refreshed(test, "simulator-refresh-token")).body["refresh_token"]).toBe(next);
    test.world.clock.advance(HOUR);
    expect((await refreshed(test, "simulator-refresh-token")).status).toBe(400);
  });

  it("refuses the replaced token at once if there is no grace", async () => {
    const { test } = await rotated({ graceHours: 0 });
    const { status, body } = await refreshed(test, "simulator-refresh-token");
    expect([status, body]).toEqual([
      400,
      { error: "invalid_grant", error_description: "Incorrect or invalid refresh token" },
    ]);
  });

  it("rotates always or never if configured so", async () => {
    const always = await refreshed(createTestWorld({ rotation: "always" }), "simulator-refresh-token");
    expect(always.body["refresh_token"]).not.toBe("simulator-refresh-token");
    const test = createTestWorld({ rotation: "never" });
    test.world.clock.advance(100 * HOUR);
    expect((await refreshed(test, "simulator-refresh-token")).body["refresh_token"]).toBe(
      "simulator-refresh-token",
    );
  });

  it("refuses a token that was not used for 101 days", async () => {
    const test = createTestWorld();
    test.world.clock.advance(101 * 24 * HOUR);
    expect((await refreshed(test, "simulator-refresh-token")).status).toBe(400);
  });
});

describe("the token endpoint", () => {
  const token = (
    test: ReturnType<typeof createTestWorld>,
    form: string,
    headers: Record<string, string> = {},
  ) => test.call("POST", "/oauth2/v1/tokens/bearer", form, { ...FORM, authorization: "", ...headers });

  it("accepts client credentials in the form as well", async () => {
    const form =
      "client_id=simulator-client&client_secret=simulator-secret&grant_type=refresh_token&refresh_token=simulator-refresh-token";
    expect((await token(createTestWorld(), form)).status).toBe(200);
  });

  it.each([
    ["", "grant_type=refresh_token&refresh_token=x", 401, '{"error":"invalid_client"}'],
    ["basic", "refresh_token=x", 400, '{"error":"invalid_request"}'],
    ["basic", "grant_type=password", 400, '{"error":"unsupported_grant_type"}'],
    ["basic", "grant_type=authorization_code&code=x", 400, '{"error":"invalid_grant"}'],
  ])("with %j credentials answers %j with %i", async (scheme, form, status, body) => {
    const test = createTestWorld();
    const answer = await token(test, form, scheme === "basic" ? { authorization: basic(test.world) } : {});
    expect([answer.status, answer.body]).toEqual([status, body]);
    expect(answer.headers).toMatchObject({ "Cache-Control": "no-cache, no-store", Pragma: "no-cache" });
  });

  it("tells when the connection finally ends only if asked", async () => {
    const test = createTestWorld();
    const form = "grant_type=refresh_token&refresh_token=simulator-refresh-token";
    const headers = { authorization: basic(test.world), "x-include-refresh-token-hard-expires-in": "true" };
    expect((await token(test, form, headers)).body).toMatch(/"x_refresh_token_hard_expires_in":1576\d{5}\b/);
  });
});

describe("the authorize page", () => {
  const page =
    "/connect/oauth2?client_id=simulator-client&response_type=code&scope=com.intuit.quickbooks.accounting&state=s%20t";

  it("redirects the browser with a code that works once", async () => {
    const test = createTestWorld();
    const redirectUri = "http://localhost:3000/callback";
    const answer = await test.call("GET", `${page}&redirect_uri=${encodeURIComponent(redirectUri)}`);
    expect(answer.status).toBe(302);
    const back = new URL(answer.headers?.["Location"] ?? "");
    expect(back.searchParams.get("state")).toBe("s t");
    expect(back.searchParams.get("realmId")).toBe("4620816365000000001");
    const form = new URLSearchParams({
      grant_type: "authorization_code",
      code: back.searchParams.get("code") ?? "",
      redirect_uri: redirectUri,
    }).toString();
    const exchange = () =>
      test.call("POST", "/oauth2/v1/tokens/bearer", form, { ...FORM, authorization: basic(test.world) });
    expect((await exchange()).status).toBe(200);
    expect((await exchange()).body).toBe('{"error":"invalid_grant"}');
  });

  it("redirects only to this machine", async () => {
    const answer = await createTestWorld().call("GET", `${page}&redirect_uri=https://example.com/`);
    expect(answer.status).toBe(400);
  });

  it("redirects unknown clients and scopes with an error", async () => {
    const test = createTestWorld();
    const unknown = await test.call(
      "GET",
      `${page.replace("simulator-client", "x")}&redirect_uri=http://127.0.0.1/`,
    );
    expect(unknown.headers?.["Location"]).toContain("error=unauthorized_client");
    const scope = await test.call(
      "GET",
      `${page.replace("accounting", "payment")}&redirect_uri=http://127.0.0.1/`,
    );
    expect(scope.headers?.["Location"]).toContain("error=invalid_scope");
  });
});

describe("access tokens", () => {
  const read = (test: ReturnType<typeof createTestWorld>) =>
    test.call("GET", "/v3/company/{realm}/companyinfo/1");

  it("expire after an hour with a 401 in lower case that repeats the token", async () => {
    const test = createTestWorld({}, true);
    expect((await read(test)).status).toBe(200);
    test.world.clock.advance(HOUR);
    const answer = await read(test);
    expect(answer.status).toBe(401);
    expect(answer.headers).toEqual({ "WWW-Authenticate": 'Bearer realm="Intuit", error="invalid_token"' });
    const { fault, time } = parseObject(answer.body);
    expect(JSON.stringify(fault)).toMatch(
      /^\{"error":\[\{"message":"message=AuthenticationFailed; errorCode=003200; statusCode=401","detail":"Token expired: eyJ[^"]+","code":"3200","element":null\}\],"type":"AUTHENTICATION"\}$/,
    );
    expect(time).toBeTypeOf("number");
    await test.refresh("simulator-refresh-token");
    expect((await read(test)).status).toBe(200);
  });

  it("are refused if malformed or missing", async () => {
    const test = createTestWorld({}, true);
    for (const authorization of ["Bearer short", "", basic(test.world)]) {
      const answer = await test.call("GET", "/v3/company/{realm}/companyinfo/1", "", { authorization });
      expect(answer.body).toContain('"detail":"Malformed bearer token: too short or too long"');
    }
  });

  it("do not give access to another company", async () => {
    const answer = await createTestWorld({}, true).call("GET", "/v3/company/123/companyinfo/1");
    expect(answer.status).toBe(403);
    expect(answer.body).toContain(
      '"message":"message=ApplicationAuthorizationFailed; errorCode=003100; statusCode=403","detail":null,"code":"3100","element":null}],"type":"SERVICE"}',
    );
  });

  it("end with their grant when either token is revoked", async () => {
    const test = createTestWorld({}, true);
    const revoke = () =>
      test.call("POST", "/v2/oauth2/tokens/revoke", '{"token":"simulator-refresh-token"}', {
        authorization: basic(test.world),
        "content-type": "application/json",
      });
    expect(await revoke()).toMatchObject({ status: 200, body: "" });
    expect((await read(test)).status).toBe(401);
    expect((await test.refresh("simulator-refresh-token")).status).toBe(400);
    expect((await revoke()).status).toBe(400);
  });
});

it("describes its endpoints in a discovery document", async () => {
  const answer = await createTestWorld().call("GET", "/.well-known/openid_sandbox_configuration");
  expect(parseObject(answer.body)).toMatchObject({
    token_endpoint: "http://simulator.test/oauth2/v1/tokens/bearer",
    authorization_endpoint: "http://simulator.test/connect/oauth2",
    scopes_supported: ["openid", "email", "profile", "address", "phone"],
  });
});
