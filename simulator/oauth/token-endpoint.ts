import type { Answer, SimulatedRequest } from "../answer.ts";
import type { Credentials } from "../options.ts";
import type { Grants, TokenPair } from "./grants.ts";

const ACCESS_SECONDS = 3600;

/** `POST /oauth2/v1/tokens/bearer` (QuickBooks API facts, 1.2, 1.3 and 1.5). */
export function answerTokenRequest(
  grants: Grants,
  credentials: Credentials,
  request: SimulatedRequest,
): Answer {
  const form = new URLSearchParams(request.body);
  if (!isClient(credentials, request, form)) return oauthError(401, "invalid_client");
  const grantType = form.get("grant_type");
  if (grantType === null) return oauthError(400, "invalid_request");
  const wantsHardEnd = request.headers["x-include-refresh-token-hard-expires-in"] === "true";
  if (grantType === "refresh_token") {
    const token = form.get("refresh_token");
    if (token === null) return oauthError(400, "invalid_request");
    const pair = grants.refresh(token);
    return pair ? tokenAnswer(pair, wantsHardEnd) : invalidGrant();
  }
  if (grantType === "authorization_code") {
    const pair = grants.exchange(form.get("code") ?? "", form.get("redirect_uri") ?? "");
    return pair ? tokenAnswer(pair, wantsHardEnd) : oauthError(400, "invalid_grant");
  }
  return oauthError(400, "unsupported_grant_type");
}

/** `POST …/revoke` with `{"token":…}`: 200 with an empty body, or 400 for an unknown token. */
export function answerRevoke(grants: Grants, credentials: Credentials, request: SimulatedRequest): Answer {
  if (!isClient(credentials, request, new URLSearchParams())) return oauthError(401, "invalid_client");
  const token = /"token"\s*:\s*"([^"]*)"/.exec(request.body)?.[1];
  if (token === undefined || !grants.revoke(token)) return oauthError(400, "invalid_request");
  return { status: 200, body: "" };
}

/** An error body of the token endpoint. */
export function oauthError(status: number, error: string, description?: string): Answer {
  const body = { error, ...(description === undefined ? {} : { error_description: description }) };
  return tokenJson(status, JSON.stringify(body));
}

/** The answer for a refresh token that is wrong, replaced, expired or revoked. */
export function invalidGrant(): Answer {
  return oauthError(400, "invalid_grant", "Incorrect or invalid refresh token");
}

/** Client credentials are sent by HTTP Basic or in the form. */
function isClient(credentials: Credentials, request: SimulatedRequest, form: URLSearchParams): boolean {
  const { clientId, clientSecret } = credentials;
  const [scheme, encoded] = (request.headers["authorization"] ?? "").split(" ");
  if (scheme?.toLowerCase() === "basic" && encoded !== undefined) {
    return Buffer.from(encoded, "base64").toString("utf8") === `${clientId}:${clientSecret}`;
  }
  return form.get("client_id") === clientId && form.get("client_secret") === clientSecret;
}

function tokenAnswer(pair: TokenPair, wantsHardEnd: boolean): Answer {
  const body = {
    token_type: "bearer",
    expires_in: ACCESS_SECONDS,
    refresh_token: pair.refreshToken,
    x_refresh_token_expires_in: pair.refreshExpiresIn,
    access_token: pair.accessToken,
    ...(wantsHardEnd ? { x_refresh_token_hard_expires_in: pair.hardExpiresIn } : {}),
  };
  return tokenJson(200, JSON.stringify(body));
}

function tokenJson(status: number, body: string): Answer {
  return {
    status,
    contentType: "application/json;charset=utf-8",
    headers: { "Cache-Control": "no-cache, no-store", Pragma: "no-cache" },
    body,
  };
}
