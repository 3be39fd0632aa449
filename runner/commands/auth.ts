import { RunnerError } from "../errors.ts";
import { connect, inTransaction, type Queryable } from "../postgres/connect.ts";
import { migrate } from "../postgres/migrate.ts";
import { listVault, lockVault, type VaultEntry, writeVault } from "../postgres/vault.ts";
import { authorize } from "../quickbooks/authorize.ts";
import { openHttp } from "../quickbooks/http.ts";
import { exchangeCode } from "../quickbooks/tokens.ts";
import { formatTable } from "../report/format-table.ts";
import { resolveSettings } from "../settings.ts";
import type { AuthOptions } from "../verbs/auth.ts";
import type { Context } from "./context.ts";
import { openDatabase, openDatabaseOnly } from "./open-services.ts";
import { lineageOf, VAULT_SEED } from "./token-source.ts";

export async function auth(options: AuthOptions, context: Context): Promise<number> {
  return options.action === "login" ? authLogin(options, context) : authStatus(options, context);
}

/** Gets the first refresh token through the browser and keeps it in the vault. */
async function authLogin({ port }: AuthOptions, context: Context): Promise<number> {
  const { env, io, signal, clock } = context;
  // What the login is to find out need not be set.
  const asked = { QBO_REFRESH_TOKEN: VAULT_SEED, QBO_REALM_ID: "0" };
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const { quickbooks, postgres } = resolveSettings({ ...asked, ...given });
  const database = await openDatabase(postgres, context);
  const pool = await connect(database.postgres, "qbo auth login", 2, context);
  const http = openHttp(context.requestTimeoutMs);
  http.secrets.add(quickbooks.clientSecret);
  try {
    const login = await authorize(
      {
        clientId: quickbooks.clientId,
        authorizeUrl:
          quickbooks.environment === "simulator" ? `${quickbooks.apiUrl}/connect/oauth2` : undefined,
        port,
        onAddress: (url) => {
          io.err("Open this address in a browser and choose the company:\n");
          io.out(`${url}\n`);
        },
      },
      signal,
    );
    checkRealm(env["QBO_REALM_ID"], login.realmId);
    const tokens = await exchangeCode(quickbooks, login, { ...clock, send: http.send }, signal);
    const key = { ...quickbooks, realmId: login.realmId };
    const seed = lineageOf({ seed: quickbooks.refreshToken, key });
    const keep = async (client: Queryable): Promise<void> => {
      await migrate(client);
      await lockVault(client, key, seed);
      await writeVault(client, key, seed, tokens, clock.now());
    };
    await inTransaction(pool, "keep the token", keep, { uninterruptible: true, repeatable: true });
    io.err(`The vault keeps the token of the company ${login.realmId}. Set:\n`);
    io.out(
      `QBO_REALM_ID=${login.realmId}\n${quickbooks.refreshToken === VAULT_SEED ? `QBO_REFRESH_TOKEN=${VAULT_SEED}\n` : ""}`,
    );
    return 0;
  } finally {
    await Promise.all([http.close(), pool.end()]);
  }
}

function checkRealm(wanted: string | undefined, realmId: string): void {
  if (wanted === undefined || wanted === "" || wanted === realmId) return;
  throw new RunnerError("QBO_FORBIDDEN", `the company ${realmId} was chosen, but QBO_REALM_ID is ${wanted}`, {
    hint: "choose the other company in the browser, or change QBO_REALM_ID",
  });
}

/** Version of the form of `auth status --output json`. */
const VERSION = 1;
const DAY_MS = 86_400_000;

/** What the vault holds, without the tokens. */
async function authStatus({ output, demo }: AuthOptions, context: Context): Promise<number> {
  const { postgres } = await openDatabaseOnly(context, demo);
  const pool = await connect(postgres, "qbo auth status", 1, context);
  try {
    const entries = await listVault(pool);
    if (output === "json")
      context.io.out(`${JSON.stringify({ version: VERSION, tokens: entries }, null, 2)}\n`);
    else context.io.out(formatVault(entries, context.clock.now()));
    return 0;
  } finally {
    await pool.end();
  }
}

function formatVault(entries: readonly VaultEntry[], now: number): string {
  if (entries.length === 0) return "The vault is empty: the first run, or `qbo auth login`, fills it\n";
  const rows = entries.map((entry) => [entry.realm_id, entry.environment, ...agesOf(entry, now)]);
  return formatTable(["realm", "environment", "renewed", "refresh token"], rows);
}

/** When a token was renewed, and how long its refresh token still lives, for people. */
export function agesOf(
  { refreshed_at_utc, refresh_expires_at_utc }: VaultEntry,
  now: number,
): [renewed: string, left: string] {
  const days = Math.floor((refresh_expires_at_utc.getTime() - now) / DAY_MS);
  const left = days < 0 ? "has expired: run `qbo auth login`" : `${days} ${days === 1 ? "day" : "days"} left`;
  return [refreshed_at_utc.toISOString(), left];
}
