import { once } from "node:events";
import { createServer } from "node:http";

export interface Proxy {
  readonly url: string;
  readonly close: () => Promise<void>;
}

/** A server in front of another one that changes the answers of that server. */
export async function startProxy(target: string, alter: (text: string) => string): Promise<Proxy> {
  const server = createServer(async (request, response) => {
    const headers = {
      authorization: request.headers.authorization ?? "",
      accept: request.headers.accept ?? "",
    };
    const answer = await fetch(`${target}${request.url}`, { headers });
    response.writeHead(answer.status, { "Content-Type": answer.headers.get("content-type") ?? "" });
    response.end(alter(await answer.text()));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  const port = typeof address === "object" && address !== null ? address.port : 0;
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
