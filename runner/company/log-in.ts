import { RunnerError } from "../errors.ts";
import { connect } from "../postgres/connect.ts";
import { openVault } from "../postgres/open-vault.ts";
import { authorize } from "../quickbooks/authorize.ts";
import { openHttp } from "../quickbooks/http.ts";
import { exchangeCode } from "../quickbooks/tokens.ts";
import { VAULT } from "../settings.ts";
import type { Company, CompanyPorts } from "./open-session.ts";

export interface LoginOptions {
  /** Where the browser comes back to on this machine. */
  readonly port: number;
  /** The company that must be chosen; undefined where any may be. */
  readonly wantedRealm: string | undefined;
  /** Gets the address that a person opens in a browser. */
  readonly onAddress: (url: string) => void;
}

/** Gets the first refresh token of a company through the browser and keeps it in the vault. Returns the realm that was
 * chosen there. Throws `QBO_FORBIDDEN` where another one was wanted. */
export async function logIn(
  { quickbooks, postgres }: Company,
  { port, wantedRealm, onAddress }: LoginOptions,
  { log, signal, clock, requestTimeoutMs }: CompanyPorts,
): Promise<string> {
  const { clientId, clientSecret, refreshToken, environment, apiUrl } = quickbooks;
  const pool = await connect(postgres, "qbo auth login", 2, { log, signal });
  const http = openHttp(requestTimeoutMs);
  http.secrets.add(clientSecret);
  try {
    const authorizeUrl = environment === "simulator" ? `${apiUrl}/connect/oauth2` : undefined;
    const login = await authorize({ clientId, authorizeUrl, port, onAddress }, signal);
    checkRealm(wantedRealm, login.realmId);
    const tokens = await exchangeCode(quickbooks, login, { ...clock, send: http.send }, signal);
    const vault = openVault(pool, {
      key: { ...quickbooks, realmId: login.realmId },
      firstToken: refreshToken === VAULT ? undefined : refreshToken,
      now: clock.now,
    });
    await vault.hold("keep the token", (held) => held.write(tokens), {
      uninterruptible: true,
      repeatable: true,
    });
    return login.realmId;
  } finally {
    await Promise.all([http.close(), pool.end()]);
  }
}

function checkRealm(wanted: string | undefined, realmId: string): void {
  if (wanted === undefined || wanted === realmId) return;
  throw new RunnerError("QBO_FORBIDDEN", `the company ${realmId} was chosen, but QBO_REALM_ID is ${wanted}`, {
    hint: "choose the other company in the browser, or change QBO_REALM_ID",
  });
}
