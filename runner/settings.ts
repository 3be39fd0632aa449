import { readFileSync } from "node:fs";
import { parseEnv } from "node:util";
import { RunnerError } from "./errors.ts";

export type Environment = "sandbox" | "prod" | "simulator";

/** `QBO_REFRESH_TOKEN=vault`: the tokens come from `qbo auth login`, not from the settings. */
export const VAULT = "vault";

export interface QuickBooksSettings {
  readonly clientId: string;
  readonly clientSecret: string;
  /** The first token of the grant. Newer ones are kept in the vault. */
  readonly refreshToken: string;
  /** The id of the company. It is kept as text, because ids of 19 digits exist (QuickBooks API facts, 3.9). */
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
  /** `embedded` means the server that runs under `.qbo/`. */
  readonly postgres: PostgresSettings | "embedded";
}

export type Env = Readonly<Record<string, string | undefined>>;

/** The variables of the environment together with those of a `.env` file. A variable of the environment wins unless it is
 * empty. A missing file counts as empty; a file that cannot be read throws `SETTINGS_INVALID`. */
export function readEnv(env: Env, dotenvFile: string): Env {
  let fromFile: Env = {};
  try {
    fromFile = parseEnv(readFileSync(dotenvFile, "utf8").replace(/^\uFEFF/, ""));
  } catch (cause) {
    if (!(cause instanceof Error && "code" in cause && cause.code === "ENOENT")) {
      throw new RunnerError("SETTINGS_INVALID", `could not read ${dotenvFile}`, {
        hint: "make it a file that can be read, or remove it",
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

/** The addresses of Intuit (QuickBooks API facts, 2.1 and 1.1). */
const API_URLS: Readonly<Record<string, string>> = {
  sandbox: "https://sandbox-quickbooks.api.intuit.com",
  prod: "https://quickbooks.api.intuit.com",
};
const TOKEN_HOST = "oauth.platform.intuit.com";
const TOKEN_PATH = "/oauth2/v1/tokens/bearer";

/** Resolves every setting. Throws `SETTINGS_INVALID` with the full list of what is missing or wrong. */
export function resolveSettings(env: Env): Settings {
  const reader = new SettingsReader(env);
  const quickbooks = resolveQuickBooks(reader);
  const postgres = resolvePostgres(reader);
  reader.check();
  return { quickbooks, postgres };
}

/** Resolves only the settings of the database. Throws as `resolveSettings` does. */
export function resolvePostgresSettings(env: Env): PostgresSettings | "embedded" {
  const reader = new SettingsReader(env);
  const postgres = resolvePostgres(reader);
  reader.check();
  return postgres;
}

/** Reads settings one by one and collects everything that is missing or wrong, so that a single error can name it all. */
class SettingsReader {
  readonly #env: Env;
  readonly #missing: string[] = [];
  readonly #wrong: string[] = [];

  constructor(env: Env) {
    this.#env = env;
  }

  /** The value of a setting that must not be empty. */
  required(name: string): string {
    const value = this.optional(name);
    if (value === "") this.#missing.push(name);
    return value;
  }

  /** The value of a setting that must be set, but may be empty. */
  requiredOrEmpty(name: string): string {
    return this.#env[name] === "" ? "" : this.required(name);
  }

  /** The value of a setting; empty if it is not set. */
  optional(name: string): string {
    return this.#env[name] ?? "";
  }

  /** Records what is wrong with a setting. */
  reject(problem: string): void {
    this.#wrong.push(problem);
  }

  /** Throws `SETTINGS_INVALID` if anything was missing or wrong. */
  check(): void {
    const problems = [...this.#wrong];
    if (this.#missing.length > 0) problems.unshift(`missing: ${this.#missing.join(", ")}`);
    if (problems.length === 0) return;
    throw new RunnerError("SETTINGS_INVALID", `settings are incomplete or wrong: ${problems.join("; ")}`, {
      hint: "set them in the environment or in a .env file in this folder; `qbo run --demo` needs none of them",
    });
  }
}

function resolveQuickBooks(reader: SettingsReader): QuickBooksSettings {
  const named = reader.required("QBO_ENV");
  const environment = ENVIRONMENTS.get(named.toLowerCase());
  if (named !== "" && environment === undefined) {
    reader.reject(`QBO_ENV is "${named}", expected sandbox, prod, production or simulator`);
  }
  const realmId = reader.required("QBO_REALM_ID");
  if (realmId !== "" && !/^\d{1,32}$/.test(realmId)) reader.reject("QBO_REALM_ID must be digits only");
  const isSimulator = environment === "simulator";
  /** The URL that the user set for a host, else its default. The simulator has no default for the API. */
  const urlOf = (name: string, fallback: string | undefined): string => {
    const isRequired = fallback === undefined && isSimulator;
    const written = isRequired ? reader.required(name) : reader.optional(name);
    const problem = written === "" ? undefined : urlProblem(written);
    if (problem !== undefined) reader.reject(`${name} ${problem}`);
    return (written || (fallback ?? "")).replace(/\/+$/, "");
  };
  return {
    clientId: reader.required("QBO_CLIENT_ID"),
    clientSecret: reader.required("QBO_CLIENT_SECRET"),
    refreshToken: reader.required("QBO_REFRESH_TOKEN"),
    realmId,
    environment: environment ?? "sandbox",
    apiUrl: urlOf("QBO_API_URL", API_URLS[environment ?? ""]).replace(/\/v3(\/company)?$/, ""),
    tokenUrl: withTokenPath(urlOf("QBO_TOKEN_URL", isSimulator ? undefined : `https://${TOKEN_HOST}`)),
  };
}

/** Appends the usual path of the token endpoint to a URL that has none: `QBO_TOKEN_URL` may be just a host. */
function withTokenPath(url: string): string {
  return URL.canParse(url) && new URL(url).pathname === "/" ? `${url}${TOKEN_PATH}` : url;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

function urlProblem(text: string): string | undefined {
  if (text.trim() !== text) return "must not start or end with blanks";
  if (!URL.canParse(text)) return "is not a URL";
  const url = new URL(text);
  if (url.username !== "" || url.password !== "") return "must not contain credentials";
  if (url.search !== "" || url.hash !== "") return "must not contain a query or a fragment";
  if (url.protocol === "https:") return undefined;
  if (url.protocol !== "http:") return "must be https";
  return LOOPBACK.test(url.hostname)
    ? undefined
    : "must be https: plain http is allowed only for this machine (localhost)";
}

const SSL_MODES = ["disable", "require", "verify-full"] as const;

function resolvePostgres(reader: SettingsReader): PostgresSettings | "embedded" {
  const host = reader.required("POSTGRES_HOST");
  if (host === "embedded") return "embedded";
  const port = reader.optional("POSTGRES_PORT") || "5432";
  if (!/^\d{1,5}$/.test(port) || Number(port) < 1 || Number(port) > 65_535) {
    reader.reject(`POSTGRES_PORT is "${port}", expected 1 to 65535`);
  }
  const mode = reader.optional("POSTGRES_SSLMODE") || "disable";
  const sslMode = SSL_MODES.find((known) => known === mode);
  if (sslMode === undefined) {
    reader.reject(`POSTGRES_SSLMODE is "${mode}", expected ${SSL_MODES.join(", ")}`);
  }
  return {
    host,
    port: Number(port),
    database: reader.required("POSTGRES_DB"),
    user: reader.required("POSTGRES_USER"),
    password: reader.requiredOrEmpty("POSTGRES_PASSWORD"),
    sslMode: sslMode ?? "disable",
  };
}
