import { connect } from "node:net";
import { describe, expect, it } from "vitest";
import { RunnerError } from "../errors.ts";
import { authorize, type LoginAnswer } from "./authorize.ts";

interface Visit {
  readonly address: URL;
  readonly redirectUri: string;
  readonly state: string;
  /** Redirects to this machine as the browser would. Returns the status and the text of the answer. */
  readonly back: (query: Record<string, string>, path?: string) => Promise<[number, string]>;
}

/** Logs in; `visit` plays the browser. */
async function login(
  visit: (visit: Visit) => Promise<unknown>,
  {
    signal = new AbortController().signal,
    authorizeUrl,
  }: { signal?: AbortSignal; authorizeUrl?: string } = {},
): Promise<LoginAnswer> {
  const addresses: string[] = [];
  const answer = authorize(
    { clientId: "app", authorizeUrl, port: 0, onAddress: (url) => addresses.push(url) },
    signal,
  );
  answer.catch(() => undefined);
  while (addresses.length === 0) await new Promise((resolve) => setTimeout(resolve, 2));
  const address = new URL(addresses[0] ?? "");
  const redirectUri = address.searchParams.get("redirect_uri") ?? "";
  await visit({
    address,
    redirectUri,
    state: address.searchParams.get("state") ?? "",
    back: async (query, path = "") => {
      const response = await fetch(`${redirectUri}${path}?${new URLSearchParams(query)}`);
      return [response.status, await response.text()];
    },
  });
  return answer;
}

const codeOf = async (promise: Promise<unknown>): Promise<string> => {
  const failure: unknown = await promise.catch((error: unknown) => error);
  return failure instanceof RunnerError ? `${failure.code} ${failure.message}` : String(failure);
};

/** Whether a server listens on a port of this machine. */
const isOpen = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });

describe("a login", () => {
  it("sends the user to Intuit and returns the code and the company", async () => {
    let redirect = "";
    const answer = await login(async ({ address, redirectUri, state, back }) => {
      redirect = redirectUri;
      expect(`${address.origin}${address.pathname}`).toBe("https://appcenter.intuit.com/connect/oauth2");
      expect(Object.fromEntries(address.searchParams)).toEqual({
        client_id: "app",
        response_type: "code",
        scope: "com.intuit.quickbooks.accounting",
        redirect_uri: redirectUri,
        state,
      });
      expect(await back({ state, code: "c0de", realmId: "123" })).toEqual([
        200,
        "The company is connected. You can close this window.\n",
      ]);
    });
    expect(answer).toEqual({ code: "c0de", realmId: "123", redirectUri: redirect });
    expect(redirect).toMatch(/^http:\/\/localhost:\d+\/callback$/);
    expect(await isOpen(Number(new URL(redirect).port))).toBe(false);
  });

  it("can use another consent page, and has a new state each time", async () => {
    const states: string[] = [];
    for (let times = 0; times < 2; times++) {
      await login(
        async ({ address, state, back }) => {
          expect(address.origin).toBe("http://simulator");
          states.push(state);
          await back({ state, code: "c", realmId: "1" });
        },
        { authorizeUrl: "http://simulator/authorize" },
      );
    }
    expect(new Set(states).size).toBe(2);
    expect(states[0]).toMatch(/^[0-9a-f]{48}$/);
  });

  it("ignores other requests and answers that belong to another login", async () => {
    const answer = await login(async ({ state, back }) => {
      const other = state.replace(/.$/, (last) => (last === "0" ? "1" : "0"));
      expect((await back({ state, code: "no", realmId: "1" }, "/other"))[0]).toBe(404);
      expect((await back({ code: "no", realmId: "1" }))[0]).toBe(400);
      expect((await back({ state: "short", code: "no", realmId: "1" }))[0]).toBe(400);
      expect((await back({ state: other, code: "no", realmId: "1" }))[0]).toBe(400);
      await back({ state, code: "yes", realmId: "1" });
    });
    expect(answer.code).toBe("yes");
  });

  it.each([
    [{ error: "access_denied" }, "(access_denied)"],
    [{ error: "access_denied", code: "c", realmId: "1" }, "(access_denied)"],
    [{ error: "<b>no</b> access" }, "(without a known reason)"],
    [{ realmId: "1" }, "(without a known reason)"],
    [{ code: "c" }, "(without a known reason)"],
    [{ code: "c", realmId: "1a" }, "(without a known reason)"],
    [{ code: "c", realmId: "x1" }, "(without a known reason)"],
  ])("fails if it is answered by %j", async (query, words) => {
    const failure = codeOf(
      login(async ({ state, back }) => {
        const [status, text] = await back({ state, ...(query as Record<string, string>) });
        expect(status).toBe(200);
        expect(text).not.toContain("is connected");
      }),
    );
    expect(await failure).toBe(`QBO_CREDENTIALS_REFUSED the company was not connected ${words}`);
  });

  it("ends when the run is cancelled, and frees its port", async () => {
    const controller = new AbortController();
    let port = 0;
    const ended = login(
      async ({ redirectUri }) => {
        port = Number(new URL(redirectUri).port);
        controller.abort(new Error("cancelled"));
      },
      { signal: controller.signal },
    );
    await expect(ended).rejects.toThrow("cancelled");
    expect(await isOpen(port)).toBe(false);
  });

  it("says so if its port is not free", async () => {
    await login(async ({ redirectUri, state, back }) => {
      const port = Number(new URL(redirectUri).port);
      const second = authorize(
        { clientId: "app", authorizeUrl: undefined, port, onAddress: () => undefined },
        new AbortController().signal,
      );
      expect(await codeOf(second)).toMatch(`USAGE port ${port} of this machine is not free`);
      await back({ state, code: "c", realmId: "1" });
    });
  });
});
