import { existsSync } from "node:fs";
import { join } from "node:path";
import { openSession, type Session } from "../company/open-session.ts";
import { RunnerError } from "../errors.ts";
import { readVersion } from "../files/package-files.ts";
import { type Database, inTransaction, runStatement } from "../postgres/connect.ts";
import { versionOf } from "../postgres/migrate.ts";
import { listVault } from "../postgres/vault.ts";
import { onOneLine } from "../text/visible-text.ts";
import type { DebugOptions } from "../verbs/debug.ts";
import { agesOf } from "./auth.ts";
import type { Context } from "./context.ts";
import { openServices } from "./open-services.ts";

type Check = readonly [what: string, check: () => Promise<string>];

/** Prints versions, settings, connections and the age of the token, but never a secret. Sends one API call. */
export async function debug({ demo }: DebugOptions, context: Context): Promise<number> {
  const { io, cwd } = context;
  io.out(
    `qbo version: ${readVersion()}\nnode version: ${process.version}\nplatform: ${process.platform} ${process.arch}\n\n`,
  );
  io.out(
    `Configuration:\n  .env in this folder: ${existsSync(join(cwd, ".env")) ? "[OK found]" : "[none]"}\n`,
  );
  const failures: string[] = [];
  const report = async ([what, check]: Check): Promise<boolean> => {
    try {
      io.out(`  ${what}: [OK ${await check()}]\n`);
      return true;
    } catch (error) {
      if (!(error instanceof RunnerError)) throw error;
      io.out(`  ${what}: [ERROR ${error.message}]\n`);
      failures.push(error.hint ?? error.message);
      return false;
    }
  };
  await checkAll(demo, context, report);
  if (failures.length === 0) {
    io.out("\nAll checks passed!\n");
    return 0;
  }
  const checks = failures.length === 1 ? "1 check" : `${failures.length} checks`;
  const hints = failures.map((hint) => `  what to do: ${hint}\n`);
  io.out(`\n${checks} failed:\n${hints.join("")}`);
  return 1;
}

async function checkAll(
  demo: boolean,
  context: Context,
  report: (check: Check) => Promise<boolean>,
): Promise<void> {
  let services: Awaited<ReturnType<typeof openServices>> | undefined;
  let session: Session | undefined;
  try {
    const isSet = await report([
      "settings",
      async () => {
        services = await openServices(context, demo);
        const { environment, realmId, apiUrl } = services.quickbooks;
        return `${environment}, realm ${realmId}, ${apiUrl}`;
      },
    ]);
    if (!isSet || services === undefined) return;
    context.io.out("\nConnections:\n");
    const { postgres } = services;
    const opened = services;
    const isConnected = await report([
      `PostgreSQL ${postgres.host}:${postgres.port}/${postgres.database}`,
      async () => {
        session = await openSession(opened, context, { name: "qbo debug", connections: 2 });
        const [row] = await runStatement<{ version: string }>(
          session.pool,
          "read the version of the server",
          "select current_setting('server_version') as version",
        );
        return `PostgreSQL ${row?.version}`;
      },
    ]);
    if (!isConnected || session === undefined) return;
    const { pool, openSource } = session;
    await report(["ledger", async () => ledgerOf(pool)]);
    await report([
      "QuickBooks",
      async () => {
        const page = await openSource().page("select * from CompanyInfo", "CompanyInfo", context.signal);
        return `company ${nameOf(page.records.at(0))}`;
      },
    ]);
    await report([
      "token",
      async () => {
        const { realmId, environment } = opened.quickbooks;
        const entry = (await listVault(pool)).find(
          (found) => found.realm_id === realmId && found.environment === environment,
        );
        if (entry === undefined) return "none in the vault yet";
        const [renewed, left] = agesOf(entry, context.clock.now());
        return `renewed ${renewed}, ${left}`;
      },
    ]);
  } finally {
    await session?.close();
    await services?.close();
  }
}

async function ledgerOf(pool: Database): Promise<string> {
  const version = await inTransaction(pool, "read the version of the ledger", versionOf);
  return version === 0 ? "none yet; the first run creates it" : `version ${version}`;
}

const nameOf = (record: unknown): string =>
  typeof record === "object" && record !== null
    ? `"${onOneLine(String(Reflect.get(record, "CompanyName")))}"`
    : "without a name";
