import { connect, type Database } from "../postgres/connect.ts";
import type { TokenSource } from "../quickbooks/client.ts";
import { openHttp } from "../quickbooks/http.ts";
import type { Source } from "../run/ports.ts";
import type { Context } from "./context.ts";
import { openServices, type Services } from "./open-services.ts";
import { openSources } from "./open-source.ts";
import { openTokenSource } from "./token-source.ts";

/** Connections to the database and to one company. */
export interface Session {
  readonly pool: Database;
  readonly tokens: TokenSource;
  readonly openSource: () => Source;
  /** Waits until a token that is on its way is stored; what is logged last comes after it. */
  readonly settle: () => Promise<void>;
  readonly close: () => Promise<void>;
}

export interface SessionOptions {
  /** What PostgreSQL shows of the connections. */
  readonly name: string;
  readonly connections: number;
  readonly maxCalls?: number | undefined;
}

/** How long a command waits at its end for the answer of the token endpoint. */
const MOST_FOR_TOKEN_MS = 30_000;

/** Connects to PostgreSQL; QuickBooks is met with the first question. */
export async function openSession(
  services: Services,
  context: Context,
  options: SessionOptions,
): Promise<Session> {
  const { quickbooks } = services;
  const { log, clock } = context;
  const pool = await connect(services.postgres, options.name, options.connections, context);
  const http = openHttp(context.requestTimeoutMs);
  http.secrets.add(quickbooks.clientSecret).add(quickbooks.refreshToken);
  const tokens = openTokenSource({
    ...{ pool, endpoint: quickbooks, key: quickbooks, seed: quickbooks.refreshToken, log, send: http.send },
    ...{ signal: context.signal, ...clock },
  });
  const settle = (): Promise<void> => tokens.settle(MOST_FOR_TOKEN_MS);
  return {
    pool,
    tokens,
    settle,
    openSource: openSources({
      settings: quickbooks,
      send: http.send,
      tokens,
      log,
      clock,
      maxCalls: options.maxCalls,
    }),
    close: async () => {
      await settle();
      await Promise.all([http.close(), pool.end()]);
    },
  };
}

export interface ReadingOptions {
  /** As `SessionOptions.name`. */
  readonly name: string;
  readonly demo: boolean;
  readonly maxCalls?: number | undefined;
}

/** For commands that only ask: opens services and session, and closes both, whatever `work` does. */
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
