import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface DarkNetwork {
  readonly port: number;
  /** From now on nothing passes in either direction, and nothing is refused or closed. */
  readonly goDark: () => void;
  readonly close: () => Promise<void>;
}

/** A network between a client and a server that can fall silent. */
export async function startDarkNetwork(host: string, port: number): Promise<DarkNetwork> {
  const sockets = new Set<Socket>();
  let isDark = false;
  const server = createServer((near) => {
    sockets.add(near.on("error", () => undefined));
    if (isDark) return;
    const far = connect(port, host);
    sockets.add(far.on("error", () => undefined));
    const pass = (from: Socket, to: Socket): void => {
      from.on("data", (bytes) => isDark || to.write(bytes));
      from.on("close", () => isDark || to.destroy());
    };
    pass(near, far);
    pass(far, near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    goDark: () => {
      isDark = true;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
