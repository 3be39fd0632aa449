import { RunnerError } from "../errors.ts";
import type { Tokens } from "../ports/tokens.ts";
import { formatFault } from "./decide.ts";
import type { Fault } from "./faults.ts";
import type { Send } from "./http.ts";

export interface TokenEndpoint {
  readonly tokenUrl: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

export interface RefreshPorts {
  readonly send: Send;
  readonly sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  readonly now: () => number;
  readonly random: () => number;
}

/** The token endpoint does not accept the grant, or no longer accepts it: the refresh token is dead. */
export class DeadGrant extends RunnerError {}

/** How many times a request is sent in all. */
const MAX_TRIES = 5;

/** Exchanges a refresh token for a new pair of tokens (QuickBooks API facts, 1.2 to 1.5). The caller must store the pair before
 * using it, because the old refresh token may no longer be valid. `signal` ends the waits between tries, but no signal ends a
 * try; only giving the renewal up, after 30 s at the end of a command, does. Throws `DeadGrant` for invalid_grant. */
export function refresh(
  endpoint: TokenEndpoint,
  refreshToken: string,
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<Tokens> {
  return requestTokens(endpoint, { grant_type: "refresh_token", refresh_token: refreshToken }, ports, signal);
}

/** Exchanges the code of a login for the first pair of tokens. `redirectUri` must be the one that the login used. */
export function exchangeCode(
  endpoint: TokenEndpoint,
  login: { readonly code: string; readonly redirectUri: string },
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<Tokens> {
  const form = { grant_type: "authorization_code", code: login.code, redirect_uri: login.redirectUri };
  return requestTokens(endpoint, form, ports, signal);
}

async function requestTokens(
  endpoint: TokenEndpoint,
  form: Readonly<Record<string, string>>,
  ports: RefreshPorts,
  signal: AbortSignal,
): Promise<Tokens> {
  const basic = Buffer.from(`${endpoint.clientId}:${endpoint.clientSecret}`).toString("base64");
  const request = {
    method: "POST",
    url: endpoint.tokenUrl,
    headers: {
      Authorization: `Basic ${basic}`,
      Accept: "application/json",
      "Content-Type": "application/x-www-form-urlencoded",
    },
    body: new URLSearchParams(form).toString(),
  } as const;
  for (let tries = 1; ; tries++) {
    // No signal ends a try, because the answer may contain the only refresh token that is still valid. The `send` of a token
    // source gives a try up after 30 s at the end of a command.
    const result = await ports.send(request, new AbortController().signal);
    if (result.ok) return readTokens(result.json, form["refresh_token"] ?? "", ports.now());
    const { fault } = result;
    if (fault.oauthError !== undefined) throw oauthFailure(fault.oauthError);
    const isTransient =
      fault.status === 0 || fault.status === 200 || fault.status === 429 || fault.status >= 500;
    if (!isTransient || tries >= MAX_TRIES) throw unavailable(endpoint, formatFault(fault));
    await ports.sleep(waitAfter(fault, tries, ports.random()), signal);
  }
}

/** Milliseconds before the next try: as long as a 429 says, up to 15 minutes; otherwise a random wait that grows. */
function waitAfter({ status, retryAfter }: Fault, tries: number, random: number): number {
  if (status === 429) return Math.min(retryAfter ?? 60, 15 * 60) * 1000;
  return random * 500 * 2 ** tries;
}

function unavailable({ tokenUrl }: TokenEndpoint, reason: string): RunnerError {
  return new RunnerError("QBO_UNAVAILABLE", `the token endpoint ${tokenUrl} gave no token: ${reason}`, {
    hint: "check QBO_TOKEN_URL and the network, then run the same command again",
  });
}

/** The other errors of the token endpoint (QuickBooks API facts, 1.5). */
const KNOWN_ERRORS = new Set([
  "invalid_request",
  "unsupported_grant_type",
  "invalid_scope",
  "access_denied",
  "server_error",
]);

/** The failure for the word in `error` of an answer. The status alone, 400, is ambiguous. */
function oauthFailure(error: string): RunnerError {
  if (error === "invalid_grant") {
    return new DeadGrant("QBO_GRANT_DEAD", "QuickBooks no longer accepts the refresh token (invalid_grant)", {
      hint: "connect the company again with `qbo auth login`, or set QBO_REFRESH_TOKEN to a new token",
    });
  }
  if (error === "invalid_client" || error === "unauthorized_client") {
    return new RunnerError(
      "QBO_CREDENTIALS_REFUSED",
      `QuickBooks does not accept the client id and secret (${error})`,
      {
        hint: "check QBO_CLIENT_ID and QBO_CLIENT_SECRET: both must belong to the same app and to the environment in QBO_ENV",
      },
    );
  }
  const shown = KNOWN_ERRORS.has(error) ? error : "unknown error";
  return new RunnerError("QBO_CREDENTIALS_REFUSED", `the token endpoint refuses the request (${shown})`, {
    hint: "check QBO_TOKEN_URL, QBO_CLIENT_ID and QBO_CLIENT_SECRET",
  });
}

const DAY_S = 86_400;

/** The tokens in an answer. An answer without a refresh token means that the one that was sent stays valid. */
function readTokens(json: unknown, sent: string, now: number): Tokens {
  const read = (name: string): unknown =>
    typeof json === "object" && json !== null ? Reflect.get(json, name) : undefined;
  const accessToken = read("access_token");
  if (typeof accessToken !== "string" || accessToken === "") {
    throw new RunnerError("QBO_UNEXPECTED_ANSWER", "the answer of the token endpoint has no access token", {
      hint: "check QBO_TOKEN_URL",
    });
  }
  const refreshToken = read("refresh_token");
  return {
    accessToken,
    accessExpiresAt: now + secondsOf(read("expires_in"), 3600, DAY_S) * 1000,
    refreshToken: typeof refreshToken === "string" && refreshToken !== "" ? refreshToken : sent,
    refreshExpiresAt:
      now + secondsOf(read("x_refresh_token_expires_in"), 100 * DAY_S, 6 * 366 * DAY_S) * 1000,
  };
}

/** A number of seconds, at most `most`, so that PostgreSQL can store the resulting time. `fallback` if the value is not a
 * positive number. */
const secondsOf = (value: unknown, fallback: number, most: number): number => {
  const seconds = typeof value === "number" || typeof value === "string" ? Number(value) : Number.NaN;
  return seconds > 0 ? Math.min(seconds, most) : fallback;
};
