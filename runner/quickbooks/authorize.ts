import { randomBytes, timingSafeEqual } from "node:crypto";
import { createServer, type Server } from "node:http";
import { RunnerError } from "../errors.ts";

/** (QuickBooks API facts, 1.1) */
const AUTHORIZE_URL = "https://appcenter.intuit.com/connect/oauth2";
const SCOPE = "com.intuit.quickbooks.accounting";

export interface LoginRequest {
  readonly clientId: string;
  /** The simulator's own page; Intuit's where undefined. */
  readonly authorizeUrl: string | undefined;
  /** Port of this machine to which the browser comes back. */
  readonly port: number;
  /** Told the address to open. */
  readonly onAddress: (url: string) => void;
}

export interface LoginAnswer {
  readonly code: string;
  readonly realmId: string;
  readonly redirectUri: string;
}

/** Sends the user to the consent page and waits for the browser on a port of this machine. */
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
          hint: "choose another with --port; the app must know its redirect URI",
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
      if (!isSame(url.searchParams.get("state") ?? "", state))
        return say(400, "This answer was not asked for.");
      const [error, code] = [url.searchParams.get("error"), url.searchParams.get("code")];
      if (error !== null || code === null) {
        say(200, "The company was not connected. You can close this window.");
        return reject(refused(error ?? "no code"));
      }
      const realmId = url.searchParams.get("realmId") ?? "";
      if (!/^\d{1,32}$/.test(realmId)) {
        say(200, "The answer names no company. You can close this window.");
        return reject(refused("no company"));
      }
      say(200, "The company is connected. You can close this window.");
      resolve({ code, realmId });
    });
  });
}

function isSame(a: string, b: string): boolean {
  const [first, second] = [Buffer.from(a), Buffer.from(b)];
  return first.length === second.length && timingSafeEqual(first, second);
}

const refused = (error: string): RunnerError =>
  new RunnerError(
    "QBO_CREDENTIALS_REFUSED",
    `the company was not connected (${/^[a-z_]{1,40}$/.test(error) ? error : "without a known reason"})`,
    {
      hint: "check QBO_CLIENT_ID, and that the app knows the redirect URI; then run `qbo auth login` again",
    },
  );
