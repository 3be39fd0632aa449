import { randomBytes, randomUUID } from "node:crypto";
import type { ServerResponse } from "node:http";
import { promisify } from "node:util";
import { gzip } from "node:zlib";
import type { Answer, SimulatedRequest } from "./answer.ts";

/** How long a hanging request hangs before its connection is closed, in milliseconds (QuickBooks API facts, 4.1). */
const HANG_MS = 120_000;
/** Smaller bodies, in bytes, are not worth compressing. */
const SMALL = 1024;

const compress = promisify(gzip);

/** Sends an answer with the headers of the service, or breaks the connection if the answer says so. */
export async function sendAnswer(
  request: SimulatedRequest,
  response: ServerResponse,
  answer: Answer,
): Promise<void> {
  if (answer.connection === "reset") return resetConnection(response);
  if (answer.connection === "hang") return hangConnection(response);
  const body = Buffer.from(answer.body, "utf8");
  if (answer.connection === "cut") return cutConnection(response, answer, body);
  const packed = await packBody(request, body);
  // Successful answers are chunked; faults have a content length (QuickBooks API facts, 2.4).
  const length = answer.status < 300 ? {} : { "Content-Length": String(packed.body.length) };
  response.writeHead(answer.status, { ...serviceHeaders(request, answer), ...packed.headers, ...length });
  response.end(request.method === "HEAD" ? undefined : packed.body);
}

function resetConnection(response: ServerResponse): void {
  response.socket?.resetAndDestroy();
}

/** Destroys the socket at the end. The timer does not keep the process alive. */
function hangConnection(response: ServerResponse): void {
  const timer = setTimeout(() => response.destroy(), HANG_MS);
  timer.unref();
  response.once("close", () => clearTimeout(timer));
}

/** Sends half of a chunked body, then drops the connection. */
function cutConnection(response: ServerResponse, answer: Answer, body: Buffer): void {
  response.writeHead(answer.status, {
    "Content-Type": answer.contentType ?? "application/json;charset=utf-8",
    "Transfer-Encoding": "chunked",
  });
  response.write(body.subarray(0, Math.floor(body.length / 2)), () => response.socket?.destroy());
}

async function packBody(
  request: SimulatedRequest,
  body: Buffer,
): Promise<{ body: Buffer; headers: Record<string, string> }> {
  const wantsGzip = (request.headers["accept-encoding"] ?? "").includes("gzip");
  if (!wantsGzip || body.length < SMALL) return { body, headers: {} };
  const packed = await compress(body, { level: 1 });
  return { body: packed, headers: { "Content-Encoding": "gzip", Vary: "Accept-Encoding" } };
}

/** The headers of QuickBooks API facts, 2.4. No header gives limits or metering. */
function serviceHeaders(request: SimulatedRequest, answer: Answer): Record<string, string> {
  const tid = `1-${randomBytes(4).toString("hex")}-${randomBytes(12).toString("hex")}`;
  const ok = answer.status < 300;
  const gateway = answer.status === 401 || answer.status === 429 || answer.status >= 500;
  return {
    ...(answer.contentType === undefined ? {} : { "Content-Type": answer.contentType }),
    Server: request.url.pathname.startsWith("/v3/") ? "envoy" : "nginx",
    [gateway ? "Intuit-Tid" : "intuit_tid"]: tid,
    "X-Spanid": randomUUID(),
    "X-Amzn-Trace-Id": `Root=${tid}`,
    ...(gateway ? {} : { "Strict-Transport-Security": "max-age=31536000" }),
    ...(ok ? { "Qbo-Version": "1988.128", "Service-Time": "total=8, db=4" } : {}),
    Expires: "0",
    "Cache-Control": "max-age=0, no-cache, no-store, must-revalidate, private",
    ...answer.headers,
  };
}
