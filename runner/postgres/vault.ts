import { createCipheriv, createDecipheriv, createHash, hkdfSync, randomBytes } from "node:crypto";
import { RunnerError } from "../errors.ts";
import type { Tokens } from "../ports/tokens.ts";
import { type Database, type Queryable, runStatement } from "./connect.ts";

export interface VaultKey {
  readonly realmId: string;
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Whoever refreshes holds this lock, in this transaction: two processes with one token would lose a rotation. */
export async function lockVault(client: Queryable, { clientId }: VaultKey, seed: string): Promise<void> {
  const name = `qbo.vault ${clientId} ${seedMark(clientId, seed)}`;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
}

/** The stored tokens that descend from `seed`, whatever company or environment they were last used for: a mistyped
 * realm must not cut a lineage off. Undefined if there are none. Throws if another client secret sealed them. */
export async function readVault(client: Queryable, key: VaultKey, seed: string): Promise<Tokens | undefined> {
  const { rows } = await client.query<{ sealed_tokens: Buffer }>(
    "select sealed_tokens from qbo.vault where client_id = $1 and seed = $2",
    [key.clientId, seedMark(key.clientId, seed)],
  );
  const [row] = rows;
  return row === undefined ? undefined : open(key, row.sealed_tokens);
}

/** Fails where a token could not be stored, before one is asked for: a rotated token that is lost is lost for good.
 * Where somebody else holds the row of the lineage, it waits for that now and not with the new token in hand. */
export async function proveWritable(client: Queryable, key: VaultKey, seed: string): Promise<void> {
  const mark = seedMark(key.clientId, seed);
  await client.query("select from qbo.vault where client_id = $1 and seed = $2 for update", [
    key.clientId,
    mark,
  ]);
  await client.query("savepoint probe");
  const nothing = { accessToken: "", accessExpiresAt: 0, refreshToken: "", refreshExpiresAt: 0 };
  await writeVault(client, key, randomBytes(8).toString("hex"), nothing, 0);
  await client.query("rollback to savepoint probe");
}

/** Stores a pair, within the caller's transaction; it must commit before the pair is used. */
export async function writeVault(
  client: Queryable,
  key: VaultKey,
  seed: string,
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
      ...[key.clientId, seedMark(key.clientId, seed), key.realmId, key.environment, seal(key, tokens)],
      ...[new Date(tokens.accessExpiresAt), new Date(tokens.refreshExpiresAt), new Date(now)],
    ],
  );
}

/** Recognises the seed of a lineage without keeping it: seeds are long and random. */
function seedMark(clientId: string, seed: string): string {
  return createHash("sha256").update(`qbo seed ${clientId} ${seed}`).digest("hex");
}

function keyOf({ clientId, clientSecret }: VaultKey): Buffer {
  return Buffer.from(hkdfSync("sha256", clientSecret, clientId, "qbo vault 1", 32));
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

function seal(key: VaultKey, tokens: Tokens): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(key), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(tokens), "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function open(key: VaultKey, bytes: Buffer): Tokens {
  let tokens: unknown;
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyOf(key), bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    tokens = JSON.parse(text.toString("utf8"));
  } catch (cause) {
    throw sealedByAnother(cause);
  }
  if (isTokens(tokens)) return tokens;
  throw sealedByAnother(undefined);
}

const sealedByAnother = (cause: unknown): RunnerError =>
  new RunnerError(
    "QBO_CREDENTIALS_REFUSED",
    "the tokens in the vault were sealed with another client secret",
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

/** What the vault holds, without the tokens; empty where there is none yet. */
export async function listVault(pool: Database): Promise<VaultEntry[]> {
  const [found] = await runStatement<{ exists: boolean }>(
    pool,
    "look for the vault",
    "select to_regclass('qbo.vault') is not null as exists",
  );
  if (found?.exists !== true) return [];
  return runStatement<VaultEntry>(
    pool,
    "list the vault",
    `select realm_id, environment, client_id, refreshed_at_utc,
  access_expires_at_utc, refresh_expires_at_utc from qbo.vault order by realm_id, environment, client_id`,
  );
}
