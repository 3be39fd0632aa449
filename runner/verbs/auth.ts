import { action, type Description, option, usage, type ValuesOf } from "./part.ts";
import { demo, output, parseWhole } from "./shared-options.ts";

/** The browser returns to this port. The Intuit app must list `http://localhost:8484/callback` among its redirect URIs. */
const DEFAULT_PORT = 8484;

export const AUTH = {
  name: "auth",
  args: "<action>",
  description: "login: get the first refresh token through the browser; status: show what the vault holds",
  parts: {
    action: action("auth", ["login", "status"]),
    port: option(
      "--port <n>",
      "For login: the local port that the browser returns to (default: 8484)",
      parsePort,
    ),
    output: output("For status: format of the result, text or json"),
    demo: demo("For status: show the vault of the embedded PostgreSQL under .qbo/"),
  },
} satisfies Description;

export type AuthOptions = ValuesOf<typeof AUTH.parts>;

function parsePort(written: string | undefined): number {
  const port = parseWhole("--port", written) ?? DEFAULT_PORT;
  if (port <= 65_535) return port;
  throw usage(`--port ${port} is not a port number`, "use a number from 1 to 65535");
}
