import { action, type Description, option, usage, type ValuesOf } from "./part.ts";
import { demo, OUTPUT, parseWhole } from "./shared-options.ts";

/** Where the browser comes back to; an app must list `http://localhost:8484/callback` among its redirect URIs. */
const DEFAULT_PORT = 8484;

export const AUTH = {
  name: "auth",
  args: "<action>",
  description: "login: the first refresh token through the browser; status: what the vault holds",
  parts: {
    action: action("auth", ["login", "status"]),
    port: option("--port <n>", "Port that the browser comes back to (default: 8484)", parsePort),
    output: OUTPUT,
    demo: demo("Look at the embedded PostgreSQL under .qbo/"),
  },
} satisfies Description;

export type AuthOptions = ValuesOf<typeof AUTH.parts>;

function parsePort(written: string | undefined): number {
  const port = parseWhole("--port", written) ?? DEFAULT_PORT;
  if (port <= 65_535) return port;
  throw usage(`--port ${port} is no port`, "give 1 to 65535");
}
