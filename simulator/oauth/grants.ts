import { randomBytes } from "node:crypto";
import type { Clock } from "../clock.ts";

/** When refresh tokens are replaced, and how long a replaced one still works (QuickBooks API facts, 1.4). */
export interface RotationRule {
  rotation: "daily" | "always" | "never";
  /** How long a replaced refresh token still works, in milliseconds. With 0 it stops working at once. */
  graceMs: number;
}

/** A grant of the app for a company: the current refresh token and those that it replaced. */
interface Grant {
  readonly realmId: string;
  readonly created: number;
  refreshToken: string;
  /** When the current refresh token was issued, UTC ms. */
  issued: number;
  readonly replaced: Map<string, number>;
}

/** The result of a token request. */
export interface TokenPair {
  readonly accessToken: string;
  readonly refreshToken: string;
  /** The seconds left. */
  readonly refreshExpiresIn: number;
  readonly hardExpiresIn: number;
}

/** What an access token gives access to. */
export type AccessState =
  | { readonly kind: "valid"; readonly realmId: string }
  | { readonly kind: "expired" | "revoked" | "unknown" };

const HOUR = 3_600_000;
const DAY = 24 * HOUR;
/** The lifetimes of an access token and of an unused refresh token (101 days), in milliseconds. */
const ACCESS_LIFE = HOUR;
const REFRESH_LIFE = 8_726_400_000;
/** The longest life of a grant in milliseconds: five years. */
const HARD_LIFE = 5 * 365 * DAY;
const CODE_LIFE = 10 * 60_000;

/** The grants, access tokens and authorization codes of the simulator. */
export class Grants {
  readonly rule: RotationRule;
  readonly #clock: Clock;
  #grants: Grant[] = [];
  readonly #access = new Map<string, { grant: Grant; expires: number }>();
  readonly #codes = new Map<string, { realmId: string; redirectUri: string; expires: number }>();

  constructor(clock: Clock, rule: RotationRule) {
    this.#clock = clock;
    this.rule = rule;
  }

  /** Starts a grant for a company with a known refresh token. */
  connect(realmId: string, refreshToken: string): void {
    this.#addGrant(realmId, refreshToken);
  }

  /** Refreshes a token. Undefined means invalid_grant. A replaced token in its grace period gives the current one. */
  refresh(refreshToken: string): TokenPair | undefined {
    const now = this.#clock.now();
    const grant = this.#grantOf(refreshToken);
    if (!grant || now >= grant.issued + REFRESH_LIFE) return undefined;
    if (grant.refreshToken === refreshToken && this.#isDue(grant)) {
      grant.replaced.set(refreshToken, now + this.rule.graceMs);
      grant.refreshToken = newRefreshToken(now);
      grant.issued = now;
    }
    return this.#issue(grant);
  }

  /** Creates an authorization code for a redirect address. */
  authorize(realmId: string, redirectUri: string): string {
    const code = `XAB11${randomBytes(24).toString("hex")}`;
    this.#codes.set(code, { realmId, redirectUri, expires: this.#clock.now() + CODE_LIFE });
    return code;
  }

  /** Exchanges a code, which works only once. Undefined means invalid_grant. */
  exchange(code: string, redirectUri: string): TokenPair | undefined {
    const found = this.#codes.get(code);
    this.#codes.delete(code);
    if (!found || found.redirectUri !== redirectUri || this.#clock.now() >= found.expires) return undefined;
    return this.#issue(this.#addGrant(found.realmId, newRefreshToken(this.#clock.now())));
  }

  accessState(token: string): AccessState {
    const found = this.#access.get(token);
    if (!found) return { kind: "unknown" };
    if (!this.#grants.includes(found.grant)) return { kind: "revoked" };
    if (this.#clock.now() >= found.expires) return { kind: "expired" };
    return { kind: "valid", realmId: found.grant.realmId };
  }

  /** Ends the grant that an access or refresh token belongs to. Returns false if there is none. */
  revoke(token: string): boolean {
    const grant = this.#access.get(token)?.grant ?? this.#grantOf(token);
    if (!grant || !this.#grants.includes(grant)) return false;
    this.#grants = this.#grants.filter((other) => other !== grant);
    return true;
  }

  revokeAll(): void {
    this.#grants = [];
  }

  /** Expires every access token issued so far. */
  expireAccessTokens(): void {
    for (const access of this.#access.values()) access.expires = Math.min(access.expires, this.#clock.now());
  }

  /** The current refresh token of the newest grant, for tests. */
  get currentRefreshToken(): string | undefined {
    return this.#grants.at(-1)?.refreshToken;
  }

  #addGrant(realmId: string, refreshToken: string): Grant {
    const now = this.#clock.now();
    const grant: Grant = { realmId, created: now, refreshToken, issued: now, replaced: new Map() };
    this.#grants.push(grant);
    return grant;
  }

  #grantOf(refreshToken: string): Grant | undefined {
    const now = this.#clock.now();
    return this.#grants.find(
      (grant) => grant.refreshToken === refreshToken || (grant.replaced.get(refreshToken) ?? 0) > now,
    );
  }

  #isDue(grant: Grant): boolean {
    if (this.rule.rotation !== "daily") return this.rule.rotation === "always";
    return this.#clock.now() - grant.issued >= DAY;
  }

  #issue(grant: Grant): TokenPair {
    const now = this.#clock.now();
    const accessToken = `eyJlbmMiOiJBMTI4Q0JDLUhTMjU2IiwiYWxnIjoiZGlyIn0..${randomBytes(16).toString("base64url")}.${randomBytes(320).toString("base64url")}`;
    this.#access.set(accessToken, { grant, expires: now + ACCESS_LIFE });
    return {
      accessToken,
      refreshToken: grant.refreshToken,
      refreshExpiresIn: Math.floor((grant.issued + REFRESH_LIFE - now) / 1000),
      hardExpiresIn: Math.floor((grant.created + HARD_LIFE - now) / 1000),
    };
  }
}

function newRefreshToken(now: number): string {
  return `RT1-39-H3-${Math.floor(now / 1000)}${randomBytes(15).toString("hex")}`;
}
