import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import { RunnerError } from "../errors.ts";

/** Intuit's consent page (QuickBooks API facts, 1.1). */
const AUTHORIZE_URL = "https://appcenter.intuit.com/connect/oauth2";
const SCOPE = "com.intuit.quickbooks.accounting";

export interface LoginRequest {
  readonly clientId: string;
  /** The consent page of the simulator; undefined for Intuit's. */
  readonly authorizeUrl: string | undefined;
  /** The port of this machine that the browser is redirected to; 0 for any free port. */
  readonly port: number;
  /** Called with the address that the user has to open. */
  readonly onAddress: (url: string) => void;
}

export interface LoginAnswer {
  readonly code: string;
  readonly realmId: string;
  readonly redirectUri: string;
}

/** Asks the user to open the consent page and waits until the browser is redirected to a port of this machine. Throws `USAGE`
 * if the port is taken and `QBO_CREDENTIALS_REFUSED` if the company was not connected. */
export async function authorize(request: LoginRequest, signal: AbortSignal): Promise<LoginAnswer> {
  const state = randomBytes(24).toString("hex");
  const server = createServer();
  await listen(server, request.port);
  const redirectUri = `http://localhost:${portOf(server)}/callback`;
  try {
    const answer = waitForBrowser(server, state, signal);
    const query = new URLSearchParams({
      client_id: request.clientId,
      response_type: "code",
      scope: SCOPE,
      redirect_uri: redirectUri,
      state,
    });
    request.onAddress(`${request.authorizeUrl ?? AUTHORIZE_URL}?${query}`);
    return { ...(await answer), redirectUri };
  } finally {
    server.close();
    server.closeAllConnections();
  }
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.on("error", (cause) => {
      reject(
        new RunnerError("USAGE", `port ${port} of this machine is not free: ${cause.message}`, {
          hint: "choose another port with --port, and add its redirect URI to the app",
          cause,
        }),
      );
    });
    server.listen(port, "127.0.0.1", resolve);
  });
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function waitForBrowser(
  server: Server,
  state: string,
  signal: AbortSignal,
): Promise<Omit<LoginAnswer, "redirectUri">> {
  return new Promise((resolve, reject) => {
    signal.addEventListener("abort", () => reject(signal.reason), { once: true });
    server.on("request", (request, response) => {
      const url = new URL(request.url ?? "/", "http://localhost");
      const say = (status: number, text: string): void => {
        response.writeHead(status, { "Content-Type": "text/plain; charset=utf-8", Connection: "close" });
        response.end(`${text}\n`);
      };
      if (url.pathname !== "/callback") return say(404, "There is nothing here.");
      if (!isSame(url.searchParams.get("state") ?? "", state)) {
        return say(400, "This answer does not belong to the current login.");
      }
      const error = url.searchParams.get("error");
      const code = url.searchParams.get("code");
      if (error !== null || code === null) {
        say(200, "The company was not connected. You can close this window.");
        return reject(refused(error ?? "no code"));
      }
      const realmId = url.searchParams.get("realmId") ?? "";
      if (!/^\d{1,32}$/.test(realmId)) {
        say(200, "The answer does not name a company. You can close this window.");
        return reject(refused("no company"));
      }
      say(200, "The company is connected. You can close this window.");
      resolve({ code, realmId });
    });
  });
}

/** Compares two texts in a time that does not depend on where they differ. */
function isSame(a: string, b: string): boolean {
  const first = Buffer.from(a);
  const second = Buffer.from(b);
  return first.length === second.length && timingSafeEqual(first, second);
}

/** The error of the answer is only repeated if it looks like a code of OAuth, because anybody can send such an answer. */
function refused(error: string): RunnerError {
  const reason = /^[a-z_]{1,40}$/.test(error) ? error : "without a known reason";
  return new RunnerError("QBO_CREDENTIALS_REFUSED", `the company was not connected (${reason})`, {
    hint: "check QBO_CLIENT_ID and that the redirect URI is registered in the app, then run `qbo auth login` again",
  });
}
