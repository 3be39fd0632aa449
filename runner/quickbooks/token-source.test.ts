import { describe, expect, it } from "vitest";
import type { RunEvent } from "../events.ts";
import type { Tokens, Vault } from "../ports/tokens.ts";
import type { HttpResult } from "./http.ts";
import { openTokenSource } from "./token-source.ts";

const never = new AbortController().signal;
const ENDPOINT = { clientId: "id", clientSecret: "secret", tokenUrl: "http://localhost" };

/** A vault in memory. It keeps written tokens when the work that wrote them has ended. `canWrite` says whether tokens can be
 * written. */
function createVault(canWrite: () => boolean = () => true) {
  let kept: Tokens | undefined;
  let failed = 0;
  const check = async (): Promise<void> => {
    if (!canWrite()) throw new Error("the vault is read-only");
  };
  const vault: Vault = {
    hold: async (_, work) => {
      let written = kept;
      try {
        const result = await work({
          read: async () => kept,
          proveWritable: check,
          write: async (tokens) => {
            await check();
            written = tokens;
          },
        });
        kept = written;
        return result;
      } catch (error) {
        failed++;
        throw error;
      }
    },
  };
  return { vault, kept: () => kept?.accessToken, failed: () => failed };
}

/** A token source with an endpoint that answers when the test calls `answer`, and a clock that moves when the test calls
 * `pass`. */
function createSource({ vault }: { vault: Vault }, { life = 3600, name = "access" } = {}) {
  const waiting: ((result: HttpResult) => void)[] = [];
  const sleeping: { ms: number; wake: () => void }[] = [];
  const events: RunEvent[] = [];
  const source = openTokenSource({
    vault,
    endpoint: ENDPOINT,
    firstToken: "first",
    now: () => 0,
    random: () => 0,
    signal: never,
    log: (event: RunEvent) => void events.push(event),
    send: (_, signal) =>
      new Promise((resolve, reject) => {
        waiting.push(resolve);
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        sleeping.push({ ms, wake: resolve });
        signal.addEventListener("abort", () => reject(signal.reason), { once: true });
      }),
  });
  let sent = 0;
  /** Waits until nothing can continue by itself. */
  const calm = () => new Promise((resolve) => setImmediate(resolve));
  return {
    source,
    events,
    calm,
    asked: () => sent + waiting.length,
    answer: async () => {
      await calm();
      const next = waiting.shift();
      if (next === undefined) throw new Error("no token was requested");
      sent++;
      const json = { access_token: `${name} ${sent}`, refresh_token: `refresh ${sent}`, expires_in: life };
      next({ ok: true, text: "", json, tid: "", date: null });
      await calm();
    },
    pass: async (ms: number) => {
      await calm();
      for (const { wake } of sleeping.filter((sleeper) => sleeper.ms <= ms)) wake();
      await calm();
    },
  };
}

describe("the token source", () => {
  it("renews once for all callers at the same time, and keeps the token", async () => {
    const { source, answer, asked } = createSource(createVault());
    const all = Promise.all([1, 2, 3].map(() => source.accessToken(undefined, never)));
    await answer();
    expect(await all).toEqual(["access 1", "access 1", "access 1"]);
    expect(await source.accessToken(undefined, never)).toBe("access 1");
    expect(asked()).toBe(1);
  });

  it("releases each caller with its own reason, and finishes the renewal for the others and for the vault", async () => {
    const vault = createVault();
    const { source, answer } = createSource(vault);
    const controller = new AbortController();
    const first = source.accessToken(undefined, controller.signal);
    const second = source.accessToken(undefined, never);
    controller.abort("SIGTERM");
    await expect(first).rejects.toBe("SIGTERM");
    await answer();
    expect(await second).toBe("access 1");
    expect(vault.kept()).toBe("access 1");
    expect(await createSource(vault).source.accessToken(undefined, never)).toBe("access 1");
  });

  it("does not start for a caller that is already aborted", async () => {
    const { source, calm, asked } = createSource(createVault());
    await expect(source.accessToken(undefined, AbortSignal.abort("SIGINT"))).rejects.toBe("SIGINT");
    await calm();
    expect(asked()).toBe(0);
  });

  it("renews again if a renewal that was under way returns the token that was refused", async () => {
    const vault = createVault();
    const earlier = createSource(vault);
    const stored = earlier.source.accessToken(undefined, never);
    await earlier.answer();
    expect(await stored).toBe("access 1");
    const { source, answer } = createSource(vault, { name: "renewed" });
    const first = source.accessToken(undefined, never);
    const second = source.accessToken("access 1", never);
    expect(await first).toBe("access 1");
    await answer();
    expect(await second).toBe("renewed 1");
  });

  it("renews only once if a token lives for less than the margin", async () => {
    const { source, answer, asked } = createSource(createVault(), { life: 30 });
    const token = source.accessToken(undefined, never);
    await answer();
    expect(await token).toBe("access 1");
    expect(asked()).toBe(1);
  });

  it("does not renew if a new token could not be stored", async () => {
    const { source, asked } = createSource(createVault(() => false));
    await expect(source.accessToken(undefined, never)).rejects.toThrow("the vault is read-only");
    expect(asked()).toBe(0);
  });

  it("stores a new token later if PostgreSQL went away in between", async () => {
    let isAway = false;
    const vault = createVault(() => !isAway);
    const { source, answer, pass } = createSource(vault);
    const token = source.accessToken(undefined, never);
    await new Promise((resolve) => setImmediate(resolve));
    isAway = true;
    await answer();
    expect(vault.kept()).toBeUndefined();
    isAway = false;
    await pass(3000);
    expect(await token).toBe("access 1");
    expect(vault.kept()).toBe("access 1");
  });
});

describe("settling", () => {
  const begun = async () => {
    const vault = createVault();
    const made = createSource(vault);
    const controller = new AbortController();
    const token = made.source.accessToken(undefined, controller.signal);
    await made.calm();
    controller.abort("SIGTERM");
    await expect(token).rejects.toBe("SIGTERM");
    let isSettled = false;
    const settled = made.source.settle(30_000).then(() => {
      isSettled = true;
    });
    return { ...made, vault, settled, isSettled: () => isSettled };
  };

  it("waits until the new token is stored, and logs nothing if that is soon", async () => {
    const { vault, settled, isSettled, answer, calm, events } = await begun();
    await calm();
    expect(isSettled()).toBe(false);
    await answer();
    await settled;
    expect(vault.kept()).toBe("access 1");
    expect(events.filter(({ type }) => type === "notice")).toEqual([]);
  });

  it("logs once, after a second, what it waits for", async () => {
    const { vault, settled, isSettled, answer, pass, events } = await begun();
    await pass(1000);
    expect(isSettled()).toBe(false);
    expect(events.filter(({ type }) => type === "notice")).toHaveLength(1);
    await answer();
    await settled;
    expect(vault.kept()).toBe("access 1");
  });

  it("gives up an endpoint that does not answer in time, so that the process can end", async () => {
    const { source, vault, settled, pass, asked, calm } = await begun();
    await pass(1000);
    await pass(30_000);
    await settled;
    await calm();
    expect(vault.failed()).toBe(1);
    expect(vault.kept()).toBeUndefined();
    expect(asked()).toBe(1);
    await source.settle(30_000);
  });

  it("waits for nothing if nothing is being renewed", async () => {
    const { source } = createSource(createVault());
    await source.settle(30_000);
    expect(await Promise.race([source.settle(30_000), "late"])).toBeUndefined();
  });
});
