import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { RunnerError } from "../errors.ts";
import type { Tokens } from "../ports/tokens.ts";
import { type Database, type Queryable, runStatement } from "./connect.ts";
import { tableExists } from "./table-exists.ts";

export interface VaultKey {
  readonly realmId: string;
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

// Two columns of `qbo.vault` keep older names: `seed` holds the mark of a grant (`markOf`), and `sealed_tokens`
// holds its encrypted tokens.

/** Locks a grant until the caller's transaction ends. A process must hold this lock while it renews a token: if two processes
 * renewed one token at the same time, one of the new tokens would be lost. */
export async function lockVault(client: Queryable, { clientId }: VaultKey, grant: string): Promise<void> {
  const name = `qbo.vault ${clientId} ${markOf(clientId, grant)}`;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
}

/** The stored tokens of a grant, for whatever company or environment they were last used: a mistyped realm must not lose a
 * grant. Undefined if there are none. Throws `QBO_CREDENTIALS_REFUSED` if they were encrypted with another client secret. */
export async function readVault(
  client: Queryable,
  key: VaultKey,
  grant: string,
): Promise<Tokens | undefined> {
  const { rows } = await client.query<{ sealed_tokens: Buffer }>(
    "select sealed_tokens from qbo.vault where client_id = $1 and seed = $2",
    [key.clientId, markOf(key.clientId, grant)],
  );
  const [row] = rows;
  return row === undefined ? undefined : decrypt(key, row.sealed_tokens);
}

/** Throws if a token could not be stored. Called before a new token is requested, because a new token that cannot be stored
 * is lost for good. If somebody else has locked the grant's row, this waits now rather than when the new token has
 * arrived. */
export async function proveWritable(client: Queryable, key: VaultKey, grant: string): Promise<void> {
  const mark = markOf(key.clientId, grant);
  await client.query("select from qbo.vault where client_id = $1 and seed = $2 for update", [
    key.clientId,
    mark,
  ]);
  await client.query("savepoint probe");
  const nothing = { accessToken: "", accessExpiresAt: 0, refreshToken: "", refreshExpiresAt: 0 };
  await writeVault(client, key, randomBytes(8).toString("hex"), nothing, 0);
  await client.query("rollback to savepoint probe");
}

/** Stores a pair of tokens in the caller's transaction, which must commit before the pair is used. */
export async function writeVault(
  client: Queryable,
  key: VaultKey,
  grant: string,
  tokens: Tokens,
  now: number,
): Promise<void> {
  await client.query(
    `insert into qbo.vault (client_id, seed, realm_id, environment, sealed_tokens,
  access_expires_at_utc, refresh_expires_at_utc, refreshed_at_utc)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (client_id, seed) do update set
  realm_id = excluded.realm_id, environment = excluded.environment, sealed_tokens = excluded.sealed_tokens,
  access_expires_at_utc = excluded.access_expires_at_utc,
  refresh_expires_at_utc = excluded.refresh_expires_at_utc, refreshed_at_utc = excluded.refreshed_at_utc`,
    [
      key.clientId,
      markOf(key.clientId, grant),
      key.realmId,
      key.environment,
      encrypt(key, tokens),
      new Date(tokens.accessExpiresAt),
      new Date(tokens.refreshExpiresAt),
      new Date(now),
    ],
  );
}

/** A hash that identifies a grant without storing its first token. First tokens are long and random, so nobody can find
 * one from its hash. */
function markOf(clientId: string, grant: string): string {
  return createHash("sha256").update(`qbo seed ${clientId} ${grant}`).digest("hex");
}

function keyOf({ clientId, clientSecret }: VaultKey): Buffer {
  return Buffer.from(hkdfSync("sha256", clientSecret, clientId, "qbo vault 1", 32));
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

function encrypt(key: VaultKey, tokens: Tokens): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(key), iv);
  const encrypted = Buffer.concat([cipher.update(JSON.stringify(tokens), "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), encrypted]);
}

function decrypt(key: VaultKey, bytes: Buffer): Tokens {
  let tokens: unknown;
  try {
    const iv = bytes.subarray(0, IV_BYTES);
    const tag = bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES);
    const encrypted = bytes.subarray(IV_BYTES + TAG_BYTES);
    const decipher = createDecipheriv("aes-256-gcm", keyOf(key), iv);
    decipher.setAuthTag(tag);
    const text = Buffer.concat([decipher.update(encrypted), decipher.final()]);
    tokens = JSON.parse(text.toString("utf8"));
  } catch (cause) {
    throw anotherSecret(cause);
  }
  if (isTokens(tokens)) return tokens;
  throw anotherSecret(undefined);
}

const anotherSecret = (cause: unknown): RunnerError =>
  new RunnerError(
    "QBO_CREDENTIALS_REFUSED",
    "the tokens in the vault were encrypted with another client secret",
    {
      hint: "set QBO_CLIENT_SECRET back; if the secret has changed for good, connect the company again with `qbo auth login`, or set QBO_REFRESH_TOKEN to a new token",
      cause,
    },
  );

const isTokens = (value: unknown): value is Tokens =>
  typeof value === "object" && value !== null && "accessToken" in value && "refreshToken" in value;

export interface VaultEntry {
  readonly realm_id: string;
  readonly environment: string;
  readonly client_id: string;
  readonly refreshed_at_utc: Date;
  readonly access_expires_at_utc: Date;
  readonly refresh_expires_at_utc: Date;
}

/** The entries of the vault without their tokens; empty if there is no vault yet. */
export async function listVault(pool: Database): Promise<VaultEntry[]> {
  if (!(await tableExists(pool, "qbo.vault"))) return [];
  return runStatement<VaultEntry>(
    pool,
    "list the vault",
    `select realm_id, environment, client_id, refreshed_at_utc,
  access_expires_at_utc, refresh_expires_at_utc from qbo.vault order by realm_id, environment, client_id`,
  );
}
