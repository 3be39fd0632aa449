import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Company, CompanyPorts } from "../../runner/company/open-session.ts";
import { type RunOutcome, type RunRequest, runCompany } from "../../runner/company/run-company.ts";
import { RunnerError } from "../../runner/errors.ts";
import type { RunEvent } from "../../runner/events.ts";
import type { Limits } from "../../runner/ports/limits.ts";
import { checkProject } from "../../runner/project/check-project.ts";
import { REAL_CLOCK } from "../../runner/real-clock.ts";
import { resolveSettings } from "../../runner/settings.ts";
import { ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

const REALMS = ["4620816365000000001", "4620816365000000002", "4620816365000000003"] as const;

let database: TestDatabase;
let simulators: readonly Simulator[];

beforeEach(async () => {
  [database, simulators] = await Promise.all([
    createDatabase(),
    Promise.all(
      REALMS.map((realmId, at) =>
        startSimulator({ realmId, refreshToken: `first token ${at}`, seed: at + 1, rotation: "always" }),
      ),
    ),
  ]);
});
afterEach(() => Promise.all([database.drop(), ...simulators.map((simulator) => simulator.close())]));

const { specs, statements } = checkProject(
  { args: ["customers", "invoices", "preferences"], useBuiltIn: false },
  { cwd: ROOT, env: {}, log: () => undefined, paint: (text) => text },
);

/** One company's settings; its tables lie in a schema of its own. */
function companyOf(simulator: Simulator | undefined): Company {
  if (simulator === undefined) throw new Error("there is no such company");
  const { quickbooks, postgres } = resolveSettings({ ...settingsOf(simulator), ...database.env });
  if (postgres === "embedded") throw new Error("the tests have a server of their own");
  return { quickbooks, postgres };
}

const schemaOf = ({ quickbooks }: Company): string => `raw_${quickbooks.realmId.slice(-1)}`;

function requestFor(company: Company, names: readonly string[] = ["customers", "invoices", "preferences"]) {
  const range = { from: Date.UTC(2026, 0, 1), to: Date.UTC(2026, 1, 1) };
  const request: RunRequest = {
    command: "run",
    version: "0.0.0",
    wanted: specs
      .filter(({ name }) => names.includes(name))
      .map((spec) => ({ spec: { ...spec, table: { ...spec.table, schema: schemaOf(company) } }, range })),
    statements,
    onlyMissing: false,
    wait: false,
    maxCalls: undefined,
    demo: false,
    pageSize: undefined,
    strategy: "sweep",
    threads: 4,
    maxLanes: 4,
    failFast: false,
  };
  return request;
}

function run(company: Company, request = requestFor(company), ports: Partial<CompanyPorts> = {}) {
  const events: RunEvent[] = [];
  const outcome: Promise<RunOutcome> = runCompany(company, request, {
    log: (event) => events.push(event),
    signal: new AbortController().signal,
    clock: REAL_CLOCK,
    ...ports,
  });
  return { outcome, events };
}

const rowsIn = async (schema: string, table: string) =>
  database.rows<{ rows: number; realms: string[] }>(
    `select count(*)::integer as rows, array_agg(distinct request_payload ->> 'realm_id') as realms from ${schema}.${table}`,
  );

describe("companies in one process", () => {
  it("run at the same time, each with its own records, tokens and ledger", async () => {
    const companies = simulators.map(companyOf);
    const runs = companies.map((company) => run(company));
    const outcomes = await Promise.all(runs.map(({ outcome }) => outcome));
    expect(outcomes.map(({ summary }) => summary.status)).toEqual(["success", "success", "success"]);
    for (const [at, company] of companies.entries()) {
      const [customers] = await rowsIn(schemaOf(company), "qb_customers");
      expect(customers).toEqual({ rows: outcomes[at]?.results[0]?.rows, realms: [REALMS[at]] });
      expect(customers?.rows).toBeGreaterThan(0);
      // Each company was asked under its own realm only, with a token of its own.
      const paths = simulators[at]?.requests.map(({ path }) => path) ?? [];
      expect(paths.filter((path) => path.includes("/company/") && !path.includes(`/${REALMS[at]}/`))).toEqual(
        [],
      );
      // What a run says of itself goes to its own log.
      const started = runs[at]?.events.find(({ type }) => type === "run_started");
      expect(started).toMatchObject({ run_id: outcomes[at]?.head.runId });
    }
    expect(await database.rows("select realm_id from qbo.vault order by 1")).toEqual(
      REALMS.map((realm_id) => ({ realm_id })),
    );
    expect(await database.rows("select distinct realm_id, status from qbo.runs order by 1")).toEqual(
      REALMS.map((realm_id) => ({ realm_id, status: "success" })),
    );
  });

  it("fail and are cancelled each on its own", async () => {
    const [first, second, third] = simulators.map(companyOf);
    if (first === undefined || second === undefined || third === undefined)
      throw new Error("three are needed");
    const cancelled = new AbortController();
    cancelled.abort("SIGTERM");
    const dead = {
      ...second,
      quickbooks: { ...second.quickbooks, refreshToken: "no token of this company" },
    };
    const results = await Promise.allSettled([
      run(first).outcome,
      run(dead).outcome,
      run(third, requestFor(third), { signal: cancelled.signal }).outcome,
    ]);
    const [one, two, three] = results;
    expect(one?.status === "fulfilled" && one.value.summary.status).toBe("success");
    expect(two?.status === "rejected" && two.reason instanceof RunnerError && two.reason.code).toBe(
      "QBO_GRANT_DEAD",
    );
    expect(three?.status === "rejected" && three.reason).toBe("SIGTERM");
  });

  it("keep two runs of one company from loading the same table, and let them share its limits and its token", async () => {
    const company = companyOf(simulators[0]);
    let running = 0;
    let most = 0;
    // One request at a time for both runs together.
    let turn: Promise<unknown> = Promise.resolve();
    const limits: Limits = {
      run: (_, request) => {
        const mine = turn.then(async () => {
          most = Math.max(most, ++running);
          return request().finally(() => running--);
        });
        turn = mine.catch(() => undefined);
        return mine;
      },
      throttled: () => 1,
      passed: () => undefined,
    };
    const wanted = (names: readonly string[]) => ({ ...requestFor(company, names), wait: true });
    const [customers, invoices, again] = await Promise.all([
      run(company, wanted(["customers"]), { limits }).outcome,
      run(company, wanted(["invoices"]), { limits }).outcome,
      run(company, wanted(["customers"]), { limits }).outcome,
    ]);
    expect([customers, invoices, again].map(({ summary }) => summary.status)).toEqual(
      Array(3).fill("success"),
    );
    expect(most).toBe(1);
    const [held] = await rowsIn(schemaOf(company), "qb_customers");
    expect(held?.rows).toBe(customers.results[0]?.rows);
    expect((customers.summary.totals?.inserted ?? 0) + (again.summary.totals?.inserted ?? 0)).toBe(
      held?.rows,
    );
    expect(await database.rows("select count(*)::integer as tokens from qbo.vault")).toEqual([{ tokens: 1 }]);
  });
});
