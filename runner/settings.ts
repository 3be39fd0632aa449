import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { RunnerError } from "./errors.ts";

export type Environment = "sandbox" | "prod" | "simulator";

/** `QBO_REFRESH_TOKEN=vault`: the tokens come from `qbo auth login`, not from the settings. */
export const VAULT = "vault";

export interface QuickBooksSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  readonly refreshToken: string;
  /** A QBO company. Always text: ids of 19 digits exist (QuickBooks API facts, 3.9). */
  readonly realmId: string;
  readonly environment: Environment;
  readonly apiUrl: string;
  readonly tokenUrl: string;
}

export interface PostgresSettings {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: "disable" | "require" | "verify-full";
}

export interface Settings {
  readonly quickbooks: QuickBooksSettings;
  /** `embedded`: the server under `.qbo/`. */
  readonly postgres: PostgresSettings | "embedded";
}

export type Env = Readonly<Record<string, string | undefined>>;

/** The environment over the `.env` file of the folder: a variable that is set wins, an empty one does not. */
export function readEnv(env: Env, dotenvFile: string): Env {
  let fromFile: Env = {};
  try {
    fromFile = parseEnv(readFileSync(dotenvFile, "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) {
      throw new RunnerError("SETTINGS_INVALID", `could not read ${dotenvFile}`, {
        hint: "it must be a file that can be read, or not be there",
        cause,
      });
    }
  }
  const set = Object.entries(env).filter(([, value]) => value !== undefined && value !== "");
  return { ...env, ...fromFile, ...Object.fromEntries(set) };
}

const ENVIRONMENTS: ReadonlyMap<string, Environment> = new Map([
  ["sandbox", "sandbox"],
  ["prod", "prod"],
  ["production", "prod"],
  ["simulator", "simulator"],
]);

/** (QuickBooks API facts, 2.1 and 1.1) */
const API_URLS: Readonly<Record<string, string>> = {
  sandbox: "https://sandbox-quickbooks.api.intuit.com",
  prod: "https://quickbooks.api.intuit.com",
};
const TOKEN_HOST = "oauth.platform.intuit.com";
const TOKEN_PATH = "/oauth2/v1/tokens/bearer";

/** Resolves every setting, or fails with the full list of what is missing or wrong. */
export function resolveSettings(env: Env): Settings {
  const missing: string[] = [];
  const wrong: string[] = [];
  const required = (name: string): string => {
    const value = env[name];
    if (value === undefined || value === "") missing.push(name);
    return value ?? "";
  };
  const quickbooks = resolveQuickBooks(env, required, wrong);
  const postgres = resolvePostgres(env, required, wrong);
  if (missing.length + wrong.length > 0) throw settingsError(missing, wrong);
  return { quickbooks, postgres };
}

/** Resolves the settings of the database alone. */
export function resolvePostgresSettings(env: Env): PostgresSettings | "embedded" {
  const missing: string[] = [];
  const wrong: string[] = [];
  const required = (name: string): string => {
    if ((env[name] ?? "") === "") missing.push(name);
    return env[name] ?? "";
  };
  const postgres = resolvePostgres(env, required, wrong);
  if (missing.length + wrong.length > 0) throw settingsError(missing, wrong);
  return postgres;
}

function settingsError(missing: readonly string[], wrong: readonly string[]): RunnerError {
  const parts = [...(missing.length > 0 ? [`missing: ${missing.join(", ")}`] : []), ...wrong];
  return new RunnerError("SETTINGS_INVALID", `settings are incomplete or wrong: ${parts.join("; ")}`, {
    hint: "set them in the environment or in a .env file in this folder; `qbo run --demo` needs none of them",
  });
}

type Required = (name: string) => string;

function resolveQuickBooks(env: Env, required: Required, wrong: string[]): QuickBooksSettings {
  const named = required("QBO_ENV");
  const environment = ENVIRONMENTS.get(named.toLowerCase());
  if (named !== "" && environment === undefined) {
    wrong.push(`QBO_ENV is "${named}", expected sandbox, prod, production or simulator`);
  }
  const realmId = required("QBO_REALM_ID");
  if (realmId !== "" && !/^\d{1,32}$/.test(realmId)) wrong.push("QBO_REALM_ID must be digits only");
  const isSimulator = environment === "simulator";
  /** The override of a host, or its default; the simulator has no default address. */
  const urlOf = (name: string, fallback: string | undefined): string => {
    const written = fallback === undefined && isSimulator ? required(name) : (env[name] ?? "");
    const problem = written === "" ? undefined : urlProblem(written);
    if (problem !== undefined) wrong.push(`${name} ${problem}`);
    return (written || (fallback ?? "")).replace(/\/+$/, "");
  };
  return {
    clientId: required("QBO_CLIENT_ID"),
    clientSecret: required("QBO_CLIENT_SECRET"),
    refreshToken: required("QBO_REFRESH_TOKEN"),
    realmId,
    environment: environment ?? "sandbox",
    apiUrl: urlOf("QBO_API_URL", API_URLS[environment ?? ""]).replace(/\/v3(\/company)?$/, ""),
    tokenUrl: withTokenPath(urlOf("QBO_TOKEN_URL", isSimulator ? undefined : `https://${TOKEN_HOST}`)),
  };
}

/** `QBO_TOKEN_URL` may name the host alone. */
function withTokenPath(url: string): string {
  return URL.canParse(url) && new URL(url).pathname === "/" ? `${url}${TOKEN_PATH}` : url;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function urlProblem(text: string): string | undefined {
  if (text.trim() !== text) return "has blanks around it";
  if (!URL.canParse(text)) return "is not a URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "must not hold credentials";
  if (url.search !== "" || url.hash !== "") return "must not hold a query or a fragment";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return "must be https";
  return LOOPBACK.test(url.hostname) ? undefined : "must be https: plain http is for loopback only";
}

const SSL_MODES = ["disable", "require", "verify-full"] as const;

function resolvePostgres(env: Env, required: Required, wrong: string[]): PostgresSettings | "embedded" {
  const host = required("POSTGRES_HOST");
  if (host === "embedded") return "embedded";
  const port = env["POSTGRES_PORT"] || "5432";
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    wrong.push(`POSTGRES_PORT is "${port}", expected 1 to 65535`);
  }
  const mode = env["POSTGRES_SSLMODE"] || "disable";
  const sslMode = SSL_MODES.find((known) => known === mode);
  if (sslMode === undefined) {
    wrong.push(`POSTGRES_SSLMODE is "${mode}", expected ${SSL_MODES.join(", ")}`);
  }
  return {
    host,
    port: Number(port),
    database: required("POSTGRES_DB"),
    user: required("POSTGRES_USER"),
    password: env["POSTGRES_PASSWORD"] === "" ? "" : required("POSTGRES_PASSWORD"),
    sslMode: sslMode ?? "disable",
  };
}
