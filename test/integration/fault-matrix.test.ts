import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Folder, ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { createVirtualClock, qboInProcess } from "../support/in-process.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

const CANARY = { clientSecret: "canary-5ecret-client", refreshToken: "canary-5ecret-refresh" };
/** The beginnings of the simulator's access tokens and of the headers that contain secrets. */
const SECRETS = /canary-5ecret|eyJlbmMi|\bAB11|RT1-|Bearer [\w-]{8}|Basic [\w=+/]{8}/;

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator(CANARY)]);
  folder = createFolder();
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});
afterEach(async () => {
  simulator.control.clearFaults();
  await database.rows("drop schema if exists raw cascade");
  await database.rows("drop schema if exists qbo cascade");
});

const clock = createVirtualClock();
const run = async () => {
  simulator.control.clearRequests();
  const argv = ["run", "invoices", "--from", "2026-01-01", "--to", "2026-02-01", "--page-size", "10"];
  return qboInProcess(argv, { cwd: folder.path, env: { ...settingsOf(simulator), ...database.env }, clock });
};

/** Compares every invoice of the month in the source with RAW. Returns the ids that differ. */
async function differences(): Promise<string[]> {
  const records = JSON.parse(await (await fetch(`${simulator.controlUrl}/records/Invoice`)).text());
  const inRange = (record: { MetaData: { LastUpdatedTime: string } }) => {
    const at = Date.parse(record.MetaData.LastUpdatedTime);
    return at >= Date.UTC(2026, 0, 1) && at < Date.UTC(2026, 1, 1);
  };
  const source = new Map(
    records.records.filter(inRange).map((record: { Id: string }) => [record.Id, JSON.stringify(record)]),
  );
  const rows = await database
    .rows<{ id: string; payload: unknown }>("select id, payload from raw.qb_invoices")
    .catch(() => []);
  const same = (id: string, payload: unknown) => {
    const text = source.get(id);
    return (
      typeof text === "string" && JSON.stringify(sorted(JSON.parse(text))) === JSON.stringify(sorted(payload))
    );
  };
  const stored = new Set(rows.filter(({ id, payload }) => same(id, payload)).map(({ id }) => id));
  return [...source.keys()].map(String).filter((id) => !stored.has(id));
}

const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};

/** Everything that a run leaves behind and that people can read: streams, artifacts and tables. */
async function traces(ran: { stdout: string; stderr: string }): Promise<string> {
  const target = join(folder.path, "target");
  const files = readdirSync(target, { recursive: true, encoding: "utf8" }).filter((name) =>
    name.endsWith(".json"),
  );
  const tables = ["raw.qb_invoices", "qbo.runs", "qbo.windows", "qbo.vault"];
  const rows = await Promise.all(
    tables.map((table) => database.rows(`select t::text from ${table} as t`).catch(() => [])),
  );
  const hex = JSON.stringify(rows).replaceAll(/\\\\x([0-9a-f]+)/g, (_, bytes) =>
    Buffer.from(bytes, "hex").toString("latin1"),
  );
  return [ran.stdout, ran.stderr, ...files.map((name) => readFileSync(join(target, name), "utf8")), hex].join(
    "\n",
  );
}

type Place = "token" | "first page" | "middle page" | "last page" | "count";
const QUERY_PLACES: readonly Place[] = ["first page", "middle page", "last page", "count"];

interface Expected {
  /** What happens if the fault occurs once, and if it occurs every time. */
  readonly once: string;
  readonly always: string;
  readonly words: string;
}

const survived = "survived";
const transient = (words: string): Expected => ({ once: survived, always: "QBO_UNAVAILABLE", words });

const FAULTS: Readonly<Record<string, Expected>> = {
  "401": {
    once: survived,
    always: "QBO_UNAUTHORIZED",
    words: "the access token is renewed, at most twice",
  },
  "401-malformed": {
    once: survived,
    always: "QBO_UNAUTHORIZED",
    words: "the access token is renewed, at most twice",
  },
  "403": {
    once: "QBO_FORBIDDEN",
    always: "QBO_FORBIDDEN",
    words: "the run stops: wrong company or environment",
  },
  "413": transient("back-off"),
  "429-xml": { once: survived, always: "QBO_THROTTLED", words: "everything pauses 60 s, three times" },
  "429-json": { once: survived, always: "QBO_THROTTLED", words: "everything pauses 60 s, three times" },
  "429-retry-after": {
    once: survived,
    always: "QBO_THROTTLED",
    words: "everything pauses as long as the answer says, three times",
  },
  "500": transient("back-off"),
  "500-html": transient("back-off"),
  "502": transient("back-off"),
  "503-html": transient("back-off"),
  "504": { once: survived, always: "QBO_UNAVAILABLE", words: "back-off, then smaller pages" },
  hang: { once: survived, always: "QBO_UNAVAILABLE", words: "time-out, then smaller pages" },
  cut: transient("back-off"),
  reset: transient("back-off"),
  "html-200": transient("back-off"),
  "invalid-json": transient("back-off"),
  "empty-200": transient("back-off"),
  "lost-answer": transient("back-off"),
  "wrong-cluster": transient("back-off"),
  "200-fault": {
    once: survived,
    always: "QBO_POISON_RECORD",
    words: "smaller pages, down to a single record",
  },
  "400-10000": {
    once: survived,
    always: "QBO_POISON_RECORD",
    words: "smaller pages, down to a single record",
  },
  "4002": { once: survived, always: "QBO_POISON_RECORD", words: "smaller pages, down to a single record" },
  subscription: {
    once: "QBO_COMPANY_CLOSED",
    always: "QBO_COMPANY_CLOSED",
    words: "the run stops: subscription",
  },
  "company-status": {
    once: "QBO_COMPANY_CLOSED",
    always: "QBO_COMPANY_CLOSED",
    words: "the run stops: subscription",
  },
  permission: { once: "QBO_COMPANY_CLOSED", always: "QBO_COMPANY_CLOSED", words: "the run stops: rights" },
};

const TOKEN_FAULTS: Readonly<Record<string, Expected>> = {
  invalid_grant: {
    once: "QBO_GRANT_DEAD",
    always: "QBO_GRANT_DEAD",
    words: "the run stops: the company must be connected again",
  },
  invalid_client: {
    once: "QBO_CREDENTIALS_REFUSED",
    always: "QBO_CREDENTIALS_REFUSED",
    words: "the run stops: client id and secret must be checked",
  },
  "lost-token-answer": transient("back-off, with the same refresh token"),
  "500": transient("back-off"),
  "503-html": transient("back-off"),
  reset: transient("back-off"),
  hang: transient("time-out, back-off"),
  "429-xml": transient("pauses 60 s"),
};

/** A count does not read a poison record. There the fault means that the entity is not counted, and lists prove it. */
const atCount = (fault: string, outcome: string): string => {
  if (outcome !== "QBO_POISON_RECORD" && outcome !== survived) return outcome;
  if (["200-fault", "400-10000", "4002"].includes(fault)) return survived;
  return outcome === survived ? survived : "QBO_UNAVAILABLE";
};

const outcomes: string[] = [];
const outcomeOf = ({ exitCode, stderr }: { exitCode: number; stderr: string }): string =>
  exitCode === 0 ? survived : (/error\[(\w+)\]/.exec(stderr)?.[1] ?? `exit ${exitCode}`);

async function strike(
  fault: string,
  place: Place,
  times: number,
): Promise<{ outcome: string; requests: number }> {
  const skip = { "first page": 0, "middle page": 2, "last page": lastPage, count: 0, token: 0 }[place];
  const match =
    place === "token" ? { route: "token" as const } : { route: "query" as const, count: place === "count" };
  simulator.control.addFault({ match, skip, times, fault });
  const ran = await run();
  const requests = simulator.requests.length;
  expect(await traces(ran)).not.toMatch(SECRETS);
  expect(ran.stderr).not.toMatch(/\n\s+at .+:\d+/);
  const outcome = outcomeOf(ran);
  if (outcome === survived) expect(await differences()).toEqual([]);
  else {
    expect(ran.stderr).toContain("what to do:");
    simulator.control.clearFaults();
    expect(outcomeOf(await run())).toBe(survived);
    expect(await differences()).toEqual([]);
  }
  return { outcome, requests };
}

/** The number of pages of a run without faults, minus one. */
let lastPage = 0;
let calmRequests = 0;

describe("the fault matrix", () => {
  beforeAll(async () => {
    expect(outcomeOf(await run())).toBe(survived);
    calmRequests = simulator.requests.length;
    lastPage = simulator.requests.filter(({ statement }) => statement?.startsWith("select *")).length - 1;
    expect(lastPage).toBeGreaterThanOrEqual(3);
  });

  it.each(Object.entries(FAULTS))("%s once, at every page and at the count", async (fault, expected) => {
    for (const place of QUERY_PLACES) {
      const { outcome, requests } = await strike(fault, place, 1);
      expect(`${place}: ${outcome}`).toBe(
        `${place}: ${place === "count" ? atCount(fault, expected.once) : expected.once}`,
      );
      expect(requests).toBeLessThanOrEqual(calmRequests + 12);
      simulator.control.clearFaults();
      await database.rows("drop schema if exists raw cascade");
    }
  });

  it.each(Object.entries(FAULTS))(
    "%s permanently: stops without sending many requests",
    async (fault, expected) => {
      for (const place of ["middle page", "count"] as const) {
        const { outcome, requests } = await strike(fault, place, 1_000_000);
        expect(`${place}: ${outcome}`).toBe(
          `${place}: ${place === "count" ? atCount(fault, expected.always) : expected.always}`,
        );
        // The runner skips a few unreadable records in a row before it blames the API. Counts find the seconds of the
        // records.
        const isPageFault = /smaller pages/.test(expected.words) && place !== "count";
        expect(requests).toBeLessThanOrEqual(calmRequests + (isPageFault ? 400 : 8));
        simulator.control.clearFaults();
        await database.rows("drop schema if exists raw cascade");
      }
      outcomes.push(
        `| \`${fault}\` | query | ${expected.words} | ${tell(expected.once)} | ${tell(expected.always)} |`,
      );
    },
  );

  it.each(Object.entries(TOKEN_FAULTS))("%s at the token", async (fault, expected) => {
    expect((await strike(fault, "token", 1)).outcome).toBe(expected.once);
    simulator.control.clearFaults();
    await database.rows("drop schema if exists qbo cascade");
    expect((await strike(fault, "token", 1_000_000)).outcome).toBe(expected.always);
    outcomes.push(
      `| \`${fault}\` | token | ${expected.words} | ${tell(expected.once)} | ${tell(expected.always)} |`,
    );
  });

  it("is written to docs/faults.md", async () => {
    const page = `# Faults

This page lists what a run does about each fault. The test \`test/integration/fault-matrix.test.ts\` produces it. It causes
each fault once at the first page, a middle page, the last page and the count, and then permanently. "Survived" means
that afterwards RAW held every record exactly as the source has it. Wherever a run stopped, the next one completed it.
No run left a secret in its output, its artifacts or its tables.

| fault | at | what the run does | once | permanently |
| --- | --- | --- | --- | --- |
${outcomes.join("\n")}

A fault that concerns one record (4002, 10000) means, as the answer to a count, that the API does not count the entity.
A list of all records then proves the entity. A count that always times out stops the entity.
`;
    await expect(page).toMatchFileSnapshot(join(ROOT, "docs", "faults.md"));
  });
});

const tell = (outcome: string): string => (outcome === survived ? outcome : `stops, \`${outcome}\``);
