import { describe, expect, it } from "vitest";
import { refresh } from "./tokens.ts";

const ENDPOINT = { tokenUrl: "http://localhost", clientId: "id", clientSecret: "secret" };
const NOW = Date.UTC(2026, 0, 1);
const HOUR = 3_600_000;
const DAY = 24 * HOUR;

/** What is made of an answer with these members, beside the tokens. */
const tokensOf = (members: string) =>
  refresh(
    ENDPOINT,
    "old",
    {
      send: async () => ({
        ...{ ok: true, text: "", tid: "", date: null },
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
  ])("of access is taken from expires_in %s", async (written, life) => {
    expect((await tokensOf(`,"expires_in":${written}`)).accessExpiresAt).toBe(NOW + life);
  });

  it.each([
    ["8726400", 101 * DAY],
    ['"8726400"', 101 * DAY],
    ["1e300", 6 * 366 * DAY],
    ["-1e300", 100 * DAY],
    ['"soon"', 100 * DAY],
    ["null", 100 * DAY],
  ])("of refresh is taken from x_refresh_token_expires_in %s", async (written, life) => {
    const { refreshExpiresAt } = await tokensOf(`,"x_refresh_token_expires_in":${written}`);
    expect(refreshExpiresAt).toBe(NOW + life);
  });

  it("is the usual one where the answer does not tell", async () => {
    expect(await tokensOf("")).toEqual({
      ...{ accessToken: "new-access", accessExpiresAt: NOW + HOUR },
      ...{ refreshToken: "new-refresh", refreshExpiresAt: NOW + 100 * DAY },
    });
  });
});
