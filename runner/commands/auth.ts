import { logIn } from "../company/log-in.ts";
import { connect } from "../postgres/connect.ts";
import { listVault, type VaultEntry } from "../postgres/vault.ts";
import { formatTable } from "../report/format-table.ts";
import { resolveSettings, VAULT } from "../settings.ts";
import type { AuthOptions } from "../verbs/auth.ts";
import type { Context } from "./context.ts";
import { openDatabase, openDatabaseOnly } from "./open-services.ts";

export async function auth(options: AuthOptions, context: Context): Promise<number> {
  return options.action === "login" ? authLogin(options, context) : authStatus(options, context);
}

/** Gets the first refresh token through the browser and stores it in the vault. */
async function authLogin({ port }: AuthOptions, context: Context): Promise<number> {
  const { env, io } = context;
  // The login finds out these two settings, so they may be missing.
  const placeholders = { QBO_REFRESH_TOKEN: VAULT, QBO_REALM_ID: "0" };
  const given = Object.fromEntries(
    Object.entries(env).filter(([, value]) => value !== undefined && value !== ""),
  );
  const { quickbooks, postgres } = resolveSettings({ ...placeholders, ...given });
  const database = await openDatabase(postgres, context);
  const wanted = env["QBO_REALM_ID"] ?? "";
  const realmId = await logIn(
    { quickbooks, postgres: database.postgres },
    {
      port,
      wantedRealm: wanted === "" ? undefined : wanted,
      onAddress: (url) => {
        io.err("Open this address in a browser and choose the company:\n");
        io.out(`${url}\n`);
      },
    },
    context,
  );
  io.err(`The token of the company ${realmId} is stored in the vault. Now set:\n`);
  io.out(`QBO_REALM_ID=${realmId}\n`);
  if (quickbooks.refreshToken === VAULT) io.out(`QBO_REFRESH_TOKEN=${VAULT}\n`);
  return 0;
}

/** Version of the format of `auth status --output json`. */
const VERSION = 1;
const DAY_MS = 86_400_000;

/** Prints what the vault holds, without the tokens themselves. */
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
  if (entries.length === 0) return "The vault is empty; the first run or `qbo auth login` fills it\n";
  const rows = entries.map((entry) => [entry.realm_id, entry.environment, ...agesOf(entry, now)]);
  return formatTable(["realm", "environment", "renewed", "refresh token"], rows);
}

/** When a token was renewed, and how many days its refresh token is still valid, as text for people. */
export function agesOf(
  { refreshed_at_utc, refresh_expires_at_utc }: VaultEntry,
  now: number,
): [renewed: string, left: string] {
  const days = Math.floor((refresh_expires_at_utc.getTime() - now) / DAY_MS);
  const left = days < 0 ? "has expired: run `qbo auth login`" : `${days} ${days === 1 ? "day" : "days"} left`;
  return [refreshed_at_utc.toISOString(), left];
}
