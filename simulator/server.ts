import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { SimulatedRequest } from "./answer.ts";
import { handleRequest } from "./handle-request.ts";
import { sendAnswer } from "./send-answer.ts";
import type { World } from "./world.ts";

/** Creates the HTTP server of a world. It does not listen yet. */
export function createSimulatorServer(world: World): Server {
  const server = createServer((request, response) => {
    void serve(world, request, response);
  });
  // Idle connections stay open longer than any client keeps them, so that no client uses a socket that is being closed.
  server.keepAliveTimeout = 65_000;
  return server;
}

async function serve(world: World, incoming: IncomingMessage, response: ServerResponse): Promise<void> {
  try {
    const request = await readRequest(world, incoming);
    await sendAnswer(request, response, await handleRequest(world, request));
  } catch (error) {
    if (response.destroyed) return;
    const message = error instanceof Error ? error.stack : String(error);
    response.writeHead(500, { "Content-Type": "text/plain;charset=utf-8" }).end(`simulator bug: ${message}`);
  }
}

async function readRequest(world: World, incoming: IncomingMessage): Promise<SimulatedRequest> {
  const chunks: Buffer[] = [];
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk));
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(incoming.headers)) headers[name] = String(value);
  return {
    method: incoming.method ?? "GET",
    url: new URL(incoming.url ?? "/", world.origin),
    headers,
    body: Buffer.concat(chunks).toString("utf8"),
  };
}
