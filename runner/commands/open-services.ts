import { join } from "node:path";
import { type Company, openSession, type Session } from "../company/open-session.ts";
import type { EmbeddedServer } from "../embedded/embedded-postgres.ts";
import { type Env, type PostgresSettings, resolvePostgresSettings, resolveSettings } from "../settings.ts";
import type { Context } from "./context.ts";

/** Where a run reads from and writes to. */
export interface Services extends Company {
  /** Set only if the database is the embedded one under `.qbo/`. */
  readonly embedded: EmbeddedServer | undefined;
  readonly close: () => Promise<void>;
}

/** Resolves the settings. Starts the embedded server if they ask for it; a demo starts the simulator as well. */
export async function openServices(context: Context, demo: boolean): Promise<Services> {
  if (demo) return openDemo(context);
  const { quickbooks, postgres } = resolveSettings(context.env);
  return { quickbooks, ...(await openDatabase(postgres, context)), close: async () => undefined };
}

/** Opens only the database, for commands that do not contact the API. */
export async function openDatabaseOnly(
  context: Context,
  demo: boolean,
): Promise<Pick<Services, "postgres" | "embedded">> {
  return openDatabase(demo ? "embedded" : resolvePostgresSettings(context.env), context);
}

/** Returns the settings of a server that is running: the given one, or the embedded one, which is started first. */
export async function openDatabase(
  settings: PostgresSettings | "embedded",
  context: Context,
): Promise<Pick<Services, "postgres" | "embedded">> {
  if (settings !== "embedded") return { postgres: settings, embedded: undefined };
  const { startEmbedded } = await import("../embedded/embedded-postgres.ts");
  const embedded = await startEmbedded(join(context.cwd, ".qbo"));
  return { postgres: embedded, embedded };
}

async function openDemo(context: Context): Promise<Services> {
  const { startSimulatorWorker } = await import("../embedded/simulator-worker.ts");
  const simulator = await startSimulatorWorker(["--port", "0"]);
  const { ready } = simulator;
  const env: Env = {
    QBO_ENV: "simulator",
    QBO_API_URL: ready.url,
    QBO_TOKEN_URL: ready.token_url,
    QBO_CLIENT_ID: ready.client_id,
    QBO_CLIENT_SECRET: ready.client_secret,
    QBO_REFRESH_TOKEN: ready.refresh_token,
    QBO_REALM_ID: ready.realm_id,
    POSTGRES_HOST: "embedded",
  };
  try {
    const database = await openDatabase("embedded", context);
    return { quickbooks: resolveSettings(env).quickbooks, ...database, close: simulator.stop };
  } catch (error) {
    await simulator.stop();
    throw error;
  }
}

export interface ReadingOptions {
  /** The `application_name` of the connections in PostgreSQL. */
  readonly name: string;
  readonly demo: boolean;
  readonly maxCalls?: number | undefined;
}

/** Runs `work` with services and a session, for commands that only read. Closes both, even if `work` fails. */
export async function withSession<T>(
  context: Context,
  { demo, ...options }: ReadingOptions,
  work: (session: Session, services: Services) => Promise<T>,
): Promise<T> {
  const services = await openServices(context, demo);
  try {
    const session = await openSession(services, context, { ...options, connections: 2 });
    try {
      return await work(session, services);
    } finally {
      await session.close();
    }
  } finally {
    await services.close();
  }
}
