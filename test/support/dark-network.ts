import { once } from "node:events";
import { connect, createServer, type Socket } from "node:net";

export interface DarkNetwork {
  readonly port: number;
  /** From now on nothing passes in either direction, but nothing is refused or closed either. */
  readonly goDark: () => void;
  /** Everything passes again, beginning with what was sent in the meantime. */
  readonly comeBack: () => void;
  readonly close: () => Promise<void>;
}

/** A network between a client and a server that can fall silent. */
export async function startDarkNetwork(host: string, port: number): Promise<DarkNetwork> {
  const sockets = new Set<Socket>();
  const arrivals: Socket[] = [];
  let isDark = false;
  const pass = (from: Socket, to: Socket): void => {
    sockets.add(from.on("error", () => undefined));
    from.pipe(to);
    from.on("close", () => to.destroy());
  };
  const join = (near: Socket): void => {
    const far = connect(port, host);
    pass(near, far);
    pass(far, near);
  };
  const server = createServer((near) => {
    sockets.add(near.on("error", () => undefined));
    if (isDark) arrivals.push(near);
    else join(near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    port: typeof address === "object" && address !== null ? address.port : 0,
    goDark: () => {
      isDark = true;
      for (const socket of sockets) socket.pause();
    },
    comeBack: () => {
      isDark = false;
      for (const socket of sockets) socket.resume();
      for (const near of arrivals.splice(0)) join(near);
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, "close");
    },
  };
}
