import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { cpus, tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { execa } from "execa";
import { startEmbedded, stopEmbedded } from "../../runner/embedded/embedded-postgres.ts";
import {
  type Simulator,
  type startSimulator as Start,
  startSimulator,
} from "../../simulator/start-simulator.ts";
import { ROOT } from "../support/cli.ts";
import { measureStatement } from "./bare-statement.ts";
import { FEWEST_CALLS, ROWS, TOTAL_ROWS } from "./reference-company.ts";

// Measures in one run, on this machine: the calls and the time for the reference company, and the loading rate.
const { values: options } = parseArgs({
  options: {
    /** Skips the naive strategy, which takes minutes. */
    quick: { type: "boolean", default: false },
    records: { type: "string", default: "200000" },
  },
});

const folder = mkdtempSync(join(tmpdir(), "qbo-bench-"));
const server = await startEmbedded(folder);
console.log(
  `machine: ${cpus().length} x ${cpus()[0]?.model ?? "unknown processor"}, Node ${process.version}\n`,
);

interface Measured {
  readonly seconds: number;
  readonly calls: number;
  readonly throttled: number;
  readonly rows: number;
  readonly peakMb: number;
}

async function measure(
  simulatorOptions: Parameters<typeof Start>[0],
  environment: string,
  entities: readonly string[],
  args: readonly string[] = [],
): Promise<Measured> {
  const simulator = await startSimulator(simulatorOptions);
  const cwd = mkdtempSync(join(folder, "run-"));
  const database = `bench_${Math.random().toString(36).slice(2)}`;
  await withClient("qbo", (client) => client.query(`create database ${database}`));
  mkdirSync(join(cwd, "entities"));
  for (const entity of entities)
    writeFileSync(join(cwd, "entities", `${entity}.yml`), `version: 1\nentity: ${entity}\n`);
  const env = {
    ...settingsOf(simulator),
    QBO_ENV: environment,
    ...postgresEnv(database),
    ...peakEnv(join(cwd, "peak")),
  };
  const startedAt = performance.now();
  const argv = [
    join(ROOT, "dist", "runner", "bin.js"),
    "run",
    "--from",
    "2023-01-01",
    "--to",
    "2026-01-01",
    "-q",
    ...args,
  ];
  const { exitCode, stderr } = await execa(process.execPath, argv, { cwd, env, reject: false });
  const seconds = (performance.now() - startedAt) / 1000;
  if (exitCode !== 0) throw new Error(stderr);
  const results = JSON.parse(readFileSync(join(cwd, "target", "run_results.json"), "utf8"));
  const calls = simulator.requests.filter(({ route }) => route === "query").length;
  const throttled = simulator.requests.filter(({ status }) => status === 429).length;
  await simulator.close();
  return {
    seconds,
    calls,
    throttled,
    rows: results.totals.rows,
    peakMb: Number(readFileSync(join(cwd, "peak"), "utf8")) / 1024,
  };
}

function settingsOf({ url, tokenUrl, credentials }: Simulator): Record<string, string> {
  const { clientId, clientSecret, refreshToken, realmId } = credentials;
  const secrets = {
    QBO_CLIENT_ID: clientId,
    QBO_CLIENT_SECRET: clientSecret,
    QBO_REFRESH_TOKEN: refreshToken,
  };
  return { QBO_API_URL: url, QBO_TOKEN_URL: tokenUrl, QBO_REALM_ID: realmId, ...secrets };
}

const postgresEnv = (database: string): Record<string, string> => ({
  POSTGRES_HOST: server.host,
  POSTGRES_PORT: String(server.port),
  POSTGRES_DB: database,
  POSTGRES_USER: server.user,
  POSTGRES_PASSWORD: server.password,
});

const peakEnv = (file: string): Record<string, string> => ({
  NODE_OPTIONS: `--import=${join(ROOT, "test", "support", "print-peak.ts")}`,
  QBO_PEAK_FILE: file,
});

async function withClient<T>(
  database: string,
  work: (client: import("pg").Client) => Promise<T>,
): Promise<T> {
  const { default: pg } = await import("pg");
  const client = new pg.Client({ ...server, database });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

const line = (label: string, text: string): void => console.log(`${label.padEnd(46, ".")} ${text}`);
const entities = Object.keys(ROWS);

try {
  console.log(
    `reference company: ${entities.length} entities, three years, ${TOTAL_ROWS} records; minimum ${FEWEST_CALLS} calls`,
  );
  const swept = await measure({ rows: ROWS }, "simulator", entities);
  line(
    "sweep, server without latency",
    `${swept.calls} calls (${(swept.calls / FEWEST_CALLS).toFixed(3)} x minimum), ${swept.seconds.toFixed(1)} s`,
  );
  const real = await measure({ rows: ROWS, latencyMs: 300, limits: true }, "sandbox", entities);
  const ideal = real.calls / 10;
  line(
    "sweep, 300 ms per request, documented limits",
    `${real.calls} calls, ${real.throttled} throttled, ${real.seconds.toFixed(1)} s (${(real.seconds / ideal).toFixed(2)} x ${ideal.toFixed(1)} s at 10 per second)`,
  );
  if (!options.quick) {
    const naive = await measure({ rows: ROWS }, "simulator", entities, ["--strategy", "windowed"]);
    line(
      "a query for each day, server without latency",
      `${naive.calls} calls (${(naive.calls / FEWEST_CALLS).toFixed(0)} x minimum), ${naive.seconds.toFixed(1)} s`,
    );
    line(
      "a query for each day, at 500 calls per minute",
      `${(naive.calls / 500).toFixed(0)} minutes or more`,
    );
  }
  const records = Number(options.records);
  console.log(`\nloading: ${records} invoices, server without latency`);
  const loaded = await measure({ rows: { Invoice: records } }, "simulator", ["Invoice"]);
  const bare = await withClient("qbo", (client) => measureStatement(client, records));
  const rate = loaded.rows / loaded.seconds;
  line(
    "qbo run, including the start of the process",
    `${Math.round(rate)} records/s, peak memory ${Math.round(loaded.peakMb)} MB`,
  );
  line(
    "the bare statement, pages from memory",
    `${Math.round(bare)} records/s on one connection (qbo is ${(rate / bare).toFixed(2)} x that)`,
  );
} finally {
  await stopEmbedded(folder);
  rmSync(folder, { recursive: true, force: true });
}
