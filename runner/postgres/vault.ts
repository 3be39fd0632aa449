import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from "node:crypto";
import type pg from "pg";

/** The tokens of one lineage: all that came from one seed. */
export interface StoredTokens {
  readonly accessToken: string;
  readonly accessExpiresAt: number;
  readonly refreshToken: string;
  readonly refreshExpiresAt: number;
}

export interface VaultKey {
  readonly realmId: string;
  readonly environment: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Whoever refreshes holds this lock, in this transaction: two processes with one token would lose a rotation. */
export async function lockVault(
  client: pg.ClientBase,
  { realmId, environment, clientId }: VaultKey,
): Promise<void> {
  const name = `qbo.vault ${realmId} ${environment} ${clientId}`;
  await client.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [name]);
}

/** The stored tokens that descend from `seed`; undefined if there are none, or none that this secret opens. */
export async function readVault(
  client: pg.ClientBase,
  key: VaultKey,
  seed: string,
): Promise<StoredTokens | undefined> {
  const exists = await client.query<{ exists: boolean }>(
    "select to_regclass('qbo.vault') is not null as exists",
  );
  if (exists.rows[0]?.exists !== true) return undefined;
  const { rows } = await client.query<{ seed: string; sealed_tokens: Buffer }>(
    "select seed, sealed_tokens from qbo.vault where realm_id = $1 and environment = $2 and client_id = $3",
    [key.realmId, key.environment, key.clientId],
  );
  const [row] = rows;
  if (row === undefined || row.seed !== seedMark(key, seed)) return undefined;
  return open(key, row.sealed_tokens);
}

/** Stores a pair, within the caller's transaction; it must commit before the pair is used. */
export async function writeVault(
  client: pg.ClientBase,
  key: VaultKey,
  seed: string,
  tokens: StoredTokens,
  now: number,
): Promise<void> {
  await client.query(
    `insert into qbo.vault (realm_id, environment, client_id, seed, sealed_tokens,
  access_expires_at_utc, refresh_expires_at_utc, refreshed_at_utc)
values ($1, $2, $3, $4, $5, $6, $7, $8)
on conflict (realm_id, environment, client_id) do update set
  seed = excluded.seed, sealed_tokens = excluded.sealed_tokens,
  access_expires_at_utc = excluded.access_expires_at_utc,
  refresh_expires_at_utc = excluded.refresh_expires_at_utc, refreshed_at_utc = excluded.refreshed_at_utc`,
    [
      ...[key.realmId, key.environment, key.clientId, seedMark(key, seed), seal(key, tokens)],
      ...[new Date(tokens.accessExpiresAt), new Date(tokens.refreshExpiresAt), new Date(now)],
    ],
  );
}

/** Recognises the seed of a lineage without keeping it. */
function seedMark({ clientSecret }: VaultKey, seed: string): string {
  return createHmac("sha256", clientSecret).update(`seed ${seed}`).digest("hex");
}

function keyOf({ realmId, environment, clientId, clientSecret }: VaultKey): Buffer {
  return Buffer.from(
    hkdfSync("sha256", clientSecret, `${realmId} ${environment} ${clientId}`, "qbo vault 1", 32),
  );
}

const IV_BYTES = 12;
const TAG_BYTES = 16;

function seal(key: VaultKey, tokens: StoredTokens): Buffer {
  const iv = randomBytes(IV_BYTES);
  const cipher = createCipheriv("aes-256-gcm", keyOf(key), iv);
  const sealed = Buffer.concat([cipher.update(JSON.stringify(tokens), "utf8"), cipher.final()]);
  return Buffer.concat([iv, cipher.getAuthTag(), sealed]);
}

function open(key: VaultKey, bytes: Buffer): StoredTokens | undefined {
  try {
    const decipher = createDecipheriv("aes-256-gcm", keyOf(key), bytes.subarray(0, IV_BYTES));
    decipher.setAuthTag(bytes.subarray(IV_BYTES, IV_BYTES + TAG_BYTES));
    const text = Buffer.concat([decipher.update(bytes.subarray(IV_BYTES + TAG_BYTES)), decipher.final()]);
    const tokens: unknown = JSON.parse(text.toString("utf8"));
    return isTokens(tokens) ? tokens : undefined;
  } catch {
    // Another client secret, or bytes that were tampered with: the lineage starts again from the seed.
    return undefined;
  }
}

const isTokens = (value: unknown): value is StoredTokens =>
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
export async function listVault(client: Pick<pg.ClientBase, "query">): Promise<VaultEntry[]> {
  const exists = await client.query<{ exists: boolean }>(
    "select to_regclass('qbo.vault') is not null as exists",
  );
  if (exists.rows[0]?.exists !== true) return [];
  const { rows } = await client.query<VaultEntry>(`select realm_id, environment, client_id, refreshed_at_utc,
  access_expires_at_utc, refresh_expires_at_utc from qbo.vault order by realm_id, environment, client_id`);
  return rows;
}
