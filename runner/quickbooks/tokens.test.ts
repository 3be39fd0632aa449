import { describe, expect, it } from "vitest";
import { RunnerError } from "../errors.ts";
import type { Fault } from "./faults.ts";
import type { HttpRequest, HttpResult } from "./http.ts";
import { DeadGrant, exchangeCode, refresh } from "./tokens.ts";

const NOW = Date.UTC(2026, 0, 10, 12);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;
const ENDPOINT = { tokenUrl: "https://oauth/token", clientId: "id", clientSecret: "s3cret" };

const granted = (json: unknown): HttpResult => ({
  ok: true,
  text: JSON.stringify(json),
  json,
  tid: "",
  date: null,
});
const PAIR = granted({
  access_token: "access-1",
  expires_in: 3600,
  refresh_token: "refresh-1",
  x_refresh_token_expires_in: 8_640_000,
});
const failed = (rest: Partial<Fault>): HttpResult => ({
  ok: false,
  fault: {
    status: 500,
    code: "",
    type: "",
    message: "m",
    detail: "",
    retryAfter: undefined,
    tid: "",
    ...rest,
  },
});

/** A token endpoint that gives the answers in turn, and the last answer from then on. */
function createPorts(...answers: readonly HttpResult[]) {
  const requests: HttpRequest[] = [];
  const waits: number[] = [];
  const aborted: boolean[] = [];
  const ports = {
    send: async (request: HttpRequest, signal: AbortSignal) => {
      requests.push(request);
      aborted.push(signal.aborted);
      return answers[Math.min(requests.length, answers.length) - 1] ?? PAIR;
    },
    sleep: async (ms: number, signal: AbortSignal) => {
      signal.throwIfAborted();
      waits.push(ms);
    },
    now: () => NOW,
    random: () => 0.5,
  };
  return { ports, requests, waits, aborted };
}

const signal = new AbortController().signal;
const renew = (...answers: readonly HttpResult[]) =>
  refresh(ENDPOINT, "refresh-0", createPorts(...answers).ports, signal);
async function failureOf(promise: Promise<unknown>): Promise<RunnerError> {
  const failure: unknown = await promise.catch((error: unknown) => error);
  if (failure instanceof RunnerError) return failure;
  throw new Error(`not a RunnerError: ${String(failure)}`);
}

describe("a renewal", () => {
  it("returns a new pair of tokens with the times at which they expire", async () => {
    const { ports, requests } = createPorts(PAIR);
    expect(await refresh(ENDPOINT, "refresh-0", ports, signal)).toEqual({
      accessToken: "access-1",
      accessExpiresAt: NOW + 3_600_000,
      refreshToken: "refresh-1",
      refreshExpiresAt: NOW + 100 * DAY,
    });
    expect(requests).toEqual([
      {
        method: "POST",
        url: "https://oauth/token",
        headers: {
          Authorization: `Basic ${Buffer.from("id:s3cret").toString("base64")}`,
          Accept: "application/json",
          "Content-Type": "application/x-www-form-urlencoded",
        },
        body: "grant_type=refresh_token&refresh_token=refresh-0",
      },
    ]);
  });

  it.each([undefined, "", 7])("keeps the refresh token if the answer has %j instead", async (token) => {
    const { refreshToken } = await renew(granted({ access_token: "a", refresh_token: token }));
    expect(refreshToken).toBe("refresh-0");
  });

  it.each([
    ["not an object", granted("token")],
    ["null", granted(null)],
    ["an empty token", granted({ access_token: "" })],
    ["a number", granted({ access_token: 5 })],
  ])("fails if the answer is %s", async (_, answer) => {
    expect((await failureOf(renew(answer))).code).toBe("QBO_UNEXPECTED_ANSWER");
  });

  it("is not aborted once it was sent, but not tried again after an abort", async () => {
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const { ports, aborted } = createPorts(failed({ status: 503 }));
    await expect(refresh(ENDPOINT, "r", ports, controller.signal)).rejects.toThrow("enough");
    expect(aborted).toEqual([false]);
    const whole = createPorts(PAIR);
    expect((await refresh(ENDPOINT, "r", whole.ports, controller.signal)).accessToken).toBe("access-1");
  });
});

describe("the token endpoint", () => {
  it.each([
    ["has not answered", { status: 0 }],
    ["has answered with something else", { status: 200 }],
    ["is out of order", { status: 500 }],
    ["is away", { status: 503 }],
  ])("is asked again if it %s, five times in all, with growing waits", async (_, fault) => {
    const { ports, requests, waits } = createPorts(failed(fault));
    const failure = await failureOf(refresh(ENDPOINT, "r", ports, signal));
    expect(failure.code).toBe("QBO_UNAVAILABLE");
    expect(failure.message).toContain("https://oauth/token");
    expect(requests).toHaveLength(5);
    expect(waits).toEqual([500, 1000, 2000, 4000]);
    const second = createPorts(failed(fault), PAIR);
    expect((await refresh(ENDPOINT, "r", second.ports, signal)).accessToken).toBe("access-1");
  });

  it.each([
    [undefined, 60_000],
    [7, 7000],
    [99_999, 900_000],
  ])("is asked again after a 429 with Retry-After %s only after %i ms", async (retryAfter, wait) => {
    const { ports, waits } = createPorts(failed({ status: 429, retryAfter }), PAIR);
    await refresh(ENDPOINT, "r", ports, signal);
    expect(waits).toEqual([wait]);
  });

  it.each([400, 404, 499])("is not asked again after a %i without a word", async (status) => {
    const { ports, requests } = createPorts(failed({ status }));
    expect((await failureOf(refresh(ENDPOINT, "r", ports, signal))).code).toBe("QBO_UNAVAILABLE");
    expect(requests).toHaveLength(1);
  });

  it("says that the grant is dead, with any status", async () => {
    for (const status of [400, 500]) {
      const { ports, requests } = createPorts(failed({ status, oauthError: "invalid_grant" }));
      const failure = await failureOf(refresh(ENDPOINT, "r", ports, signal));
      expect(failure).toBeInstanceOf(DeadGrant);
      expect(failure.code).toBe("QBO_GRANT_DEAD");
      expect(requests).toHaveLength(1);
    }
  });

  it.each([
    ["invalid_client", "the client id and secret (invalid_client)"],
    ["unauthorized_client", "the client id and secret (unauthorized_client)"],
    ["invalid_scope", "refuses the request (invalid_scope)"],
    ["<script>", "refuses the request (unknown error)"],
  ])("refuses the credentials by %s, and unknown words are not repeated", async (oauthError, words) => {
    const failure = await failureOf(renew(failed({ status: 400, oauthError })));
    expect(failure).not.toBeInstanceOf(DeadGrant);
    expect(failure.code).toBe("QBO_CREDENTIALS_REFUSED");
    expect(failure.message).toContain(words);
  });
});

describe("the code of a login", () => {
  it("is exchanged for the first pair of tokens", async () => {
    const { ports, requests } = createPorts(granted({ access_token: "a", refresh_token: "first" }));
    const login = { code: "c&d", redirectUri: "http://localhost:1/callback" };
    expect((await exchangeCode(ENDPOINT, login, ports, signal)).refreshToken).toBe("first");
    expect(requests[0]?.body).toBe(
      "grant_type=authorization_code&code=c%26d&redirect_uri=http%3A%2F%2Flocalhost%3A1%2Fcallback",
    );
  });

  it("gives no refresh token if the answer has none", async () => {
    const { ports } = createPorts(granted({ access_token: "a" }));
    const login = { code: "c", redirectUri: "u" };
    expect((await exchangeCode(ENDPOINT, login, ports, signal)).refreshToken).toBe("");
  });
});

/** The tokens of an answer that has these members besides the tokens. */
const tokensOf = (members: string) =>
  refresh(
    ENDPOINT,
    "old",
    {
      send: async () => ({
        ok: true,
        text: "",
        tid: "",
        date: null,
        json: JSON.parse(`{"access_token":"new-access","refresh_token":"new-refresh"${members}}`),
      }),
      sleep: async () => undefined,
      now: () => NOW,
      random: () => 0,
    },
    new AbortController().signal,
  );

describe("the life of a token", () => {
  it.each([
    ["3600", HOUR],
    ['"1800"', HOUR / 2],
    ["0.5", 500],
    ["1e300", DAY],
    ["1e999", DAY],
    ['"1e300"', DAY],
    ["-1", HOUR],
    ["0", HOUR],
    ['""', HOUR],
    ['"soon"', HOUR],
    ["null", HOUR],
    ["[7]", HOUR],
    ["true", HOUR],
  ])("of an access token is read from expires_in %s", async (written, life) => {
    expect((await tokensOf(`,"expires_in":${written}`)).accessExpiresAt).toBe(NOW + life);
  });

  it.each([
    ["8726400", 101 * DAY],
    ['"8726400"', 101 * DAY],
    ["1e300", 6 * 366 * DAY],
    ["-1e300", 100 * DAY],
    ['"soon"', 100 * DAY],
    ["null", 100 * DAY],
  ])("of a refresh token is read from x_refresh_token_expires_in %s", async (written, life) => {
    const { refreshExpiresAt } = await tokensOf(`,"x_refresh_token_expires_in":${written}`);
    expect(refreshExpiresAt).toBe(NOW + life);
  });

  it("is the usual one if the answer does not say", async () => {
    expect(await tokensOf("")).toEqual({
      accessToken: "new-access",
      accessExpiresAt: NOW + HOUR,
      refreshToken: "new-refresh",
      refreshExpiresAt: NOW + 100 * DAY,
    });
  });
});
