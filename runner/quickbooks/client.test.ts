import { describe, expect, it } from "vitest";
import { CountRefused, PageRefused, RunnerError } from "../errors.ts";
import { createBudget } from "./budget.ts";
import { QuickBooksClient } from "./client.ts";
import { faultOf } from "./faults.ts";
import type { HttpRequest, HttpResult } from "./http.ts";
import { Limiter, NO_RATES } from "./limiter.ts";

const NOW = Date.UTC(2026, 0, 10, 12);
const signal = new AbortController().signal;

const ok = (body: object, date: string | null = null): HttpResult => ({
  ok: true,
  text: JSON.stringify(body),
  json: body,
  tid: "",
  date,
});
const page = (rest: object = {}) => ok({ QueryResponse: { Customer: [] }, ...rest });

function fault(status: number, code = "", message = "m", detail = ""): HttpResult {
  const json = { fault: { error: [{ message, detail, code }], type: "T" } };
  const found = faultOf({ status, tid: "tid", retryAfter: null, date: null }, JSON.stringify(json), json);
  if (found === undefined) throw new Error("this is not a fault");
  return { ok: false, fault: found };
}

interface ClientOptions {
  readonly maxCalls?: number;
  /** The number of the sleep during which the wall clock is set back by an hour. Each request sleeps once, too. */
  readonly setBackIn?: number;
}

/** A client whose requests get the answers in turn, and the last answer from then on. Sleeping takes no real time. */
function createClient(answers: readonly HttpResult[], { maxCalls, setBackIn }: ClientOptions = {}) {
  let wall = NOW;
  let monotonic = 0;
  let sleeps = 0;
  const requests: HttpRequest[] = [];
  const refusals: (string | undefined)[] = [];
  const retries: { reason: string; delayMs: number }[] = [];
  const clock = {
    now: () => wall,
    monotonic: () => monotonic,
    sleep: async (ms: number) => {
      if (++sleeps === setBackIn) wall -= 3_600_000;
      wall += ms;
      monotonic += ms;
    },
    random: () => 0.5,
  };
  const client = new QuickBooksClient(
    { apiUrl: "https://api", realmId: "1" },
    {
      ...clock,
      send: async (request) => {
        requests.push(request);
        // Each answer takes a second.
        await clock.sleep(1000);
        return answers[Math.min(requests.length, answers.length) - 1] ?? page();
      },
      tokens: {
        accessToken: async (refused) => {
          refusals.push(refused);
          return `token-${refusals.filter((found) => found !== undefined).length}`;
        },
      },
      limits: new Limiter(NO_RATES, clock),
      budget: createBudget(maxCalls),
      onRetry: (retry) => retries.push(retry),
    },
  );
  return {
    client,
    requests,
    refusals,
    retries,
    elapsed: () => monotonic,
  };
}

const codeOf = async (promise: Promise<unknown>): Promise<string> =>
  promise.then(
    () => "no failure",
    (error: unknown) => (error instanceof RunnerError ? error.code : String(error)),
  );

describe("the moment of an answer", () => {
  it("is when the request was sent, not when the answer arrived", async () => {
    const { client } = createClient([page()]);
    expect(await client.page("select", signal)).toMatchObject({
      asOf: NOW,
      receivedAt: NOW + 1000,
      behind: 0,
    });
  });

  it("is before its arrival even if the wall clock was set back in between", async () => {
    const { client } = createClient([page()], { setBackIn: 1 });
    const { asOf, receivedAt } = await client.page("select", signal);
    expect(receivedAt).toBe(NOW + 1000 - 3_600_000);
    expect(asOf).toBe(receivedAt - 1000);
  });

  it.each([
    ["its header", ok({ QueryResponse: {} }, new Date(NOW - 599_000).toUTCString())],
    ["its body", page({ time: new Date(NOW - 599_000).toISOString() })],
  ])("is by QuickBooks' clock if %s says that it is behind", async (_, answer) => {
    const { client } = createClient([answer]);
    const { asOf, behind } = await client.page("select", signal);
    // Ten minutes, minus the two seconds that an answer may take.
    expect([behind, asOf]).toEqual([598_000, NOW - 598_000]);
  });

  it.each([
    ["ahead", page({ time: new Date(NOW + 3_600_000).toISOString() })],
    ["without an offset", page({ time: "2026-01-10T11:00:00" })],
    ["of a recording", page({ time: "2020-09-29T06:51:37.512-07:00" })],
    ["a number", page({ time: NOW - 3_600_000 })],
    ["a header that is not a date", ok({ QueryResponse: {} }, "yesterday")],
  ])("ignores a time that is %s", async (_, answer) => {
    expect(await createClient([answer]).client.page("select", signal)).toMatchObject({
      asOf: NOW,
      behind: 0,
    });
  });
});

describe("a request that is refused", () => {
  it("renews the token, waits before it does so again, and fails the third time", async () => {
    const refused = fault(401, "3200");
    const { client, refusals, retries } = createClient([refused, refused, page()]);
    await client.page("select", signal);
    expect(refusals).toEqual([undefined, "token-0", "token-1"]);
    expect(retries.map(({ delayMs }) => delayMs)).toEqual([1500]);
    const over = createClient([refused]);
    expect(await codeOf(over.client.page("select", signal))).toBe("QBO_UNAUTHORIZED");
    expect(over.requests).toHaveLength(3);
  });

  it("pauses for a minute after a 429, at most three times in a row", async () => {
    const throttled = fault(429, "3001");
    const { client, elapsed, requests } = createClient([throttled, throttled, throttled, page()]);
    await client.page("select", signal);
    expect(requests).toHaveLength(4);
    expect(elapsed()).toBeGreaterThanOrEqual(180_000);
    const blocked = createClient([throttled]);
    expect(await codeOf(blocked.client.page("select", signal))).toBe("QBO_THROTTLED");
    expect(blocked.requests).toHaveLength(4);
  });

  it("does not wait longer if the wall clock is set back meanwhile", async () => {
    const time = createClient([fault(429, "3001"), page()], { setBackIn: 2 });
    await time.client.page("select", signal);
    expect(time.elapsed()).toBe(62_000);
  });

  it("is the refusal of a page or of a count", async () => {
    const poison = fault(400, "4002");
    const { client } = createClient([poison]);
    await expect(client.page("select", signal)).rejects.toBeInstanceOf(PageRefused);
    await expect(client.count("select", signal)).rejects.toBeInstanceOf(CountRefused);
    expect(await codeOf(client.count("select", signal))).toBe("QBO_NOT_COUNTED");
  });

  it("keeps the token out of its message", async () => {
    const { client } = createClient([fault(400, "4001", "you sent token-0", "and token-0 again")]);
    const failure: unknown = await client.page("select", signal).catch((error: unknown) => error);
    expect(String(failure)).toContain("you sent [token]");
    expect(String(failure)).not.toContain("token-0");
  });

  it("stops at the budget, which includes retries", async () => {
    const { client, requests } = createClient([fault(500)], { maxCalls: 3 });
    expect(await codeOf(client.page("select", signal))).toBe("CALL_BUDGET");
    expect([requests.length, client.calls]).toEqual([3, 3]);
  });
});

describe("a statement", () => {
  it("is sent by GET, or by POST if it is long", async () => {
    const { client, requests } = createClient([page()]);
    await client.page("select * from Customer where Id = '1+1'", signal);
    await client.page(`select ${"x".repeat(5000)}`, signal);
    expect(requests.map(({ method }) => method)).toEqual(["GET", "POST"]);
    expect(requests[0]?.url).toBe(
      "https://api/v3/company/1/query?query=select%20*%20from%20Customer%20where%20Id%20%3D%20'1%2B1'&minorversion=75",
    );
    expect(requests[1]).toMatchObject({
      url: "https://api/v3/company/1/query?minorversion=75",
      headers: {
        "Content-Type": "application/text",
        Accept: "application/json",
        Authorization: "Bearer token-0",
      },
    });
  });

  it("must be answered by the API, not by another server", async () => {
    expect(await codeOf(createClient([ok({ hello: 1 })]).client.page("select", signal))).toBe(
      "QBO_UNEXPECTED_ANSWER",
    );
  });
});
