import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { DOCUMENTED_RATES, Limiter } from "./limiter.ts";

/** A clock whose time only passes when somebody waits for it. */
function createTime() {
  let now = 0;
  const sleepers: { at: number; wake: () => void }[] = [];
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms: number) => new Promise<void>((wake) => sleepers.push({ at: now + ms, wake })),
    /** Wakes the sleepers in order until `isDone`. */
    run: async (isDone: () => boolean) => {
      for (let idle = 0; !isDone() && idle < 50; ) {
        await new Promise((resolve) => setImmediate(resolve));
        const [next] = sleepers.sort((a, b) => a.at - b.at);
        if (next === undefined) idle++;
        else {
          sleepers.shift();
          now = Math.max(now, next.at);
          next.wake();
        }
      }
    },
  };
}

const signal = new AbortController().signal;

async function send(durations: readonly number[], limits = DOCUMENTED_RATES) {
  const time = createTime();
  const limiter = new Limiter(limits, time);
  const sent: number[] = [];
  let running = 0;
  let most = 0;
  let done = 0;
  for (const duration of durations) {
    void limiter.run(signal, async () => {
      sent.push(time.now());
      most = Math.max(most, ++running);
      await time.sleep(duration);
      running--;
      done++;
    });
  }
  await time.run(() => done === durations.length);
  expect(done).toBe(durations.length);
  return { sent, most };
}

/** The largest number of requests in any span of `span` milliseconds. */
const most = (sent: readonly number[], span: number): number =>
  Math.max(0, ...sent.map((from) => sent.filter((at) => at >= from && at < from + span).length));

describe("the limiter", () => {
  it("keeps every second, every minute and the requests in flight within the limits", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.integer({ min: 1, max: 4000 }), { maxLength: 120 }), async (durations) => {
        const { sent, most: inFlight } = await send(durations, {
          perSecond: 10,
          perMinute: 60,
          inFlight: 10,
        });
        expect(most(sent, 1000)).toBeLessThanOrEqual(10);
        expect(most(sent, 60_000)).toBeLessThanOrEqual(60);
        expect(inFlight).toBeLessThanOrEqual(10);
      }),
      { numRuns: 60 },
    );
  });

  it("sends almost ten requests a second if nothing else holds them back", async () => {
    const { sent } = await send(Array(100).fill(300));
    expect(sent.at(-1)).toBeLessThan(11_000);
  });

  it("makes all requests wait after a 429, and counts 429s of concurrent requests once", async () => {
    const time = createTime();
    const limiter = new Limiter(DOCUMENTED_RATES, time);
    expect([limiter.throttled(0, 60_000), limiter.throttled(-1, 60_000)]).toEqual([1, 1]);
    let sentAt = -1;
    void limiter.run(signal, async () => {
      sentAt = time.now();
    });
    await time.run(() => sentAt !== -1);
    expect(sentAt).toBe(60_000);
    expect(limiter.throttled(60_000, 60_000)).toBe(2);
    limiter.passed();
    expect(limiter.throttled(200_000, 60_000)).toBe(1);
  });

  it("sends a request as soon as the oldest one of a full minute is a minute ago, and not earlier", async () => {
    const time = createTime();
    const limiter = new Limiter({ perSecond: 100, perMinute: 3, inFlight: 10 }, time);
    const sent: number[] = [];
    for (let count = 0; count < 4; count++) void limiter.run(signal, async () => void sent.push(time.now()));
    await time.run(() => sent.length === 4);
    expect(sent).toEqual([0, 0, 0, 61_000]);
  });

  it("ends the wait of requests when the run is cancelled", async () => {
    const controller = new AbortController();
    const limiter = new Limiter(DOCUMENTED_RATES, {
      monotonic: () => 0,
      sleep: (_, { aborted }) => (aborted ? Promise.reject(new Error("cancelled")) : Promise.resolve()),
    });
    limiter.throttled(0, 60_000);
    controller.abort(new Error("cancelled"));
    await expect(limiter.run(controller.signal, async () => {})).rejects.toThrow("cancelled");
  });

  it("counts 1.1 s as a second, and a request as in flight only until it ends", async () => {
    const { sent } = await send(Array(4).fill(1), { perSecond: 2, perMinute: 100, inFlight: 10 });
    expect(sent).toEqual([0, 0, 1100, 1100]);
    const one = await send(Array(3).fill(700), { perSecond: 100, perMinute: 100, inFlight: 1 });
    expect(one).toEqual({ sent: [0, 700, 1400], most: 1 });
  });

  it("continues after a request that failed, and passes the failure on", async () => {
    const time = createTime();
    const limiter = new Limiter({ perSecond: 100, perMinute: 100, inFlight: 1 }, time);
    const failed = limiter.run(signal, async () => {
      throw new Error("away");
    });
    const next = limiter.run(signal, async () => "next");
    await expect(failed).rejects.toThrow("away");
    expect(await next).toBe("next");
  });

  it("keeps the longest pause, and sends nothing before its end", async () => {
    const time = createTime();
    const limiter = new Limiter(DOCUMENTED_RATES, time);
    limiter.throttled(0, 60_000);
    limiter.throttled(0, 10_000);
    const sent: number[] = [];
    void limiter.run(signal, async () => void sent.push(time.now()));
    await time.run(() => sent.length === 1);
    expect(sent).toEqual([60_000]);
  });

  it("ends the wait of a cancelled request and serves those behind it", async () => {
    const time = createTime();
    const limiter = new Limiter(DOCUMENTED_RATES, time);
    const controller = new AbortController();
    controller.abort(new Error("enough"));
    const cancelled = limiter.run(controller.signal, async () => "never");
    await expect(cancelled).rejects.toThrow("enough");
    expect(await limiter.run(signal, async () => "served")).toBe("served");
  });
});
