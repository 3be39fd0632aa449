import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "vitest";
import type { RunEvent } from "../runner/events.ts";
import { EVENT_CODES } from "../runner/report/event-codes.ts";
import { formatJson } from "../runner/report/format-json.ts";
import { createFolder } from "./support/cli.ts";
import { createVirtualClock, qboInProcess } from "./support/in-process.ts";
import { expectAsDescribed, expectKeys, sectionOf } from "./support/outputs-page.ts";

const RANGE = ["--from", "2026-01-01", "--to", "2026-02-01"];

describe("docs/outputs.md", () => {
  it.each([
    ["qbo ls --output json", ["ls", "bills", "--output", "json"]],
    ["qbo compile --output json", ["compile", "bills", ...RANGE, "--output", "json"]],
    ["qbo validate --format json", ["validate", "broken", "--format", "json"]],
  ])("has the keys of %s", async (heading, argv) => {
    const folder = createFolder();
    try {
      writeFileSync(join(folder.path, "entities", "broken.yml"), "version: 1\nentity: Bill\nqurey: x\n");
      const ran = await qboInProcess(argv, { cwd: folder.path, env: {}, clock: createVirtualClock() });
      expectAsDescribed(heading, JSON.parse(ran.stdout));
    } finally {
      folder.remove();
    }
  });

  const common = sectionOf("Each event").keys;
  const onEntity = sectionOf("Each event on an entity").keys;

  it.each(Object.values(eventOfEachType()))("has the keys of the event $type", (event) => {
    const heading = `${EVENT_CODES[event.type]} ${event.type}`;
    const { keys, text } = sectionOf(heading);
    const isOnEntity = /^On an entity\.$/m.test(text);
    const all = new Map([...common, ...(isOnEntity ? onEntity : []), ...keys]);
    expectKeys(heading, all, [JSON.parse(formatJson(event, 0))]);
  });
});

/** An event of each type, with everything set that can be. */
function eventOfEachType(): { [Type in RunEvent["type"]]: Extract<RunEvent, { type: Type }> } {
  const metrics = { pages: 1, rows: 1, inserted: 1, updated: 0, unchanged: 0, stale: 0, duration_ms: 1 };
  const position = { index: 1, total: 1, name: "bills", entity: "Bill", table: "raw.qb_bills" };
  const window = { window_start_utc: "2026-01-01T00:00:00Z", window_end_utc: "2026-01-02T00:00:00Z" };
  const failure = { code: "LOCKED", message: "m", hint: null } as const;
  return {
    notice: { type: "notice", level: "info", message: "m" },
    problem: { type: "problem", problem: { code: "x" }, text: "t" },
    run_started: {
      type: "run_started",
      run_id: "r",
      version: "1",
      from: "a",
      to: "b",
      entities: 1,
      windows: 1,
    },
    entity_started: { type: "entity_started", ...position, windows: 1 },
    entity_finished: {
      type: "entity_finished",
      ...position,
      result: {
        name: "bills",
        file: "bills.yml",
        entity: "Bill",
        table: "raw.qb_bills",
        status: "error",
        ...metrics,
        calls: 1,
        source_count: 1,
        escaped: 0,
        rejected: 0,
        vanished: 0,
        failure,
      },
      open_windows: 0,
    },
    page_loaded: { type: "page_loaded", ...position, ...metrics, page: 1, read: 1, through: "t" },
    window_closed: {
      type: "window_closed",
      ...position,
      ...metrics,
      ...window,
      status: "failed",
      error: "e",
      vanished: 0,
    },
    proof_mismatch: { type: "proof_mismatch", entity: "Bill", ...window, rows: 1, source_count: 2 },
    waiting: { type: "waiting", reason: "r", delay_ms: 1 },
    token_refreshed: { type: "token_refreshed", rotated: true },
    summary: {
      type: "summary",
      status: "error",
      counts: { pass: 0, partial: 0, error: 1, skip: 0, total: 1 },
      totals: { ...metrics, calls: 1, windows: 1, escaped: 0, rejected: 0, vanished: 0 },
      failure,
    },
  };
}
