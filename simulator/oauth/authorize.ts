import type { Answer, SimulatedRequest } from "../answer.ts";
import type { Credentials } from "../options.ts";
import type { Grants } from "./grants.ts";

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/**
 * `GET /connect/oauth2`: gives consent at once and redirects the browser with code, state and realmId (QuickBooks API
 * facts, 1.1). It redirects only to loopback addresses, so that the page cannot be abused.
 */
export function answerAuthorize(grants: Grants, credentials: Credentials, request: SimulatedRequest): Answer {
  const query = request.url.searchParams;
  const redirectUri = query.get("redirect_uri") ?? "";
  if (!URL.canParse(redirectUri) || !LOOPBACK.has(new URL(redirectUri).hostname)) {
    return text(400, "The redirect_uri must be an address of this machine.");
  }
  const back = new URL(redirectUri);
  const state = query.get("state");
  if (state !== null) back.searchParams.set("state", state);
  const error = findError(credentials, query);
  if (error) {
    back.searchParams.set("error", error);
  } else {
    back.searchParams.set("code", grants.authorize(credentials.realmId, redirectUri));
    back.searchParams.set("realmId", credentials.realmId);
  }
  return { ...text(302, ""), headers: { Location: back.href } };
}

function findError(credentials: Credentials, query: URLSearchParams): string | undefined {
  if (query.get("client_id") !== credentials.clientId) return "unauthorized_client";
  if (query.get("response_type") !== "code") return "invalid_request";
  const scopes = (query.get("scope") ?? "").split(/\s+/);
  return scopes.includes("com.intuit.quickbooks.accounting") ? undefined : "invalid_scope";
}

function text(status: number, body: string): Answer {
  return { status, contentType: "text/plain;charset=utf-8", body };
}
