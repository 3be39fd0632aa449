import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, eventsOf, type Folder, qbo, ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeEach(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
  // Every renewal replaces the refresh token, and the old one stops working at once.
  simulator.control.setRotation("always", 0);
});
afterEach(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const env = () => ({ ...settingsOf(simulator), ...database.env });
const BIN = join(ROOT, "runner", "bin.ts");
const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"];
const command = (...args: string[]) => qbo(args, { cwd: folder.path, env: env() });

const until = async (isSo: () => boolean): Promise<void> => {
  while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 10));
};
const tokenRequests = () => simulator.requests.filter(({ route }) => route === "token").length;

describe("a renewal in flight", () => {
  it.each([
    ["SIGTERM", 143, 0],
    ["SIGINT", 130, 0],
    ["SIGTERM", 143, 1],
  ] as const)("is stored although %s arrives (exit %i) after renewal %i", async (name, exitCode, before) => {
    if (before > 0) {
      expect((await command("run", "customers", ...JANUARY)).exitCode).toBe(0);
      simulator.control.expireAccessTokens();
    }
    const asked = tokenRequests();
    simulator.control.addFault({ match: { route: "token" }, times: 1, fault: "delay", delayMs: 1500 });
    const child = execa(process.execPath, [join(ROOT, "runner", "bin.ts"), "run", "customers", ...JANUARY], {
      cwd: folder.path,
      extendEnv: false,
      reject: false,
      env: { PATH: process.env["PATH"] ?? "", ...env() },
    });
    await until(() => tokenRequests() > asked);
    child.kill(name);
    expect((await child).exitCode).toBe(exitCode);
    const next = await command("run", "customers", ...JANUARY);
    expect(next.stderr).not.toContain("QBO_GRANT_DEAD");
    expect(next.exitCode).toBe(0);
  });

  it("is stored even after a second signal", async () => {
    simulator.control.addFault({ match: { route: "token" }, times: 1, fault: "delay", delayMs: 1500 });
    const child = execa(process.execPath, [join(ROOT, "runner", "bin.ts"), "run", "customers", ...JANUARY], {
      cwd: folder.path,
      extendEnv: false,
      reject: false,
      env: { PATH: process.env["PATH"] ?? "", ...env() },
    });
    await until(() => tokenRequests() > 0);
    child.kill("SIGINT");
    await new Promise((resolve) => setTimeout(resolve, 200));
    child.kill("SIGINT");
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(130);
    expect(stderr).toContain("work in progress is stored first");
    expect((await command("run", "customers", ...JANUARY)).exitCode).toBe(0);
  });

  it("is stored before the run writes its summary", async () => {
    simulator.control.addFault({ match: { route: "query" }, skip: 1, times: 1, fault: "401" });
    simulator.control.addFault({ match: { route: "token" }, skip: 1, fault: "delay", delayMs: 2000 });
    const child = execa(process.execPath, [BIN, "run", "customers", ...JANUARY, "--log-format", "json"], {
      cwd: folder.path,
      extendEnv: false,
      reject: false,
      env: { PATH: process.env["PATH"] ?? "", ...env() },
    });
    await until(() => tokenRequests() > 1);
    child.kill("SIGTERM");
    const ran = await child;
    expect(ran.exitCode).toBe(143);
    const types = eventsOf({ ...ran, exitCode: 143 }).map(({ type }) => type);
    expect(types.slice(-3)).toEqual(["notice", "token_refreshed", "summary"]);
    expect(await database.rows("select status from qbo.runs")).toEqual([{ status: "cancelled" }]);
  });

  it("is not aborted by one entity that fails meanwhile", async () => {
    expect((await command("run", "customers", ...JANUARY)).exitCode).toBe(0);
    // The first answers say that the token has expired. While it is renewed, one entity ends the run.
    simulator.control.addFault({ match: { route: "query", entity: "Invoice" }, skip: 1, fault: "401" });
    simulator.control.addFault({
      match: { route: "query", entity: "Item" },
      skip: 0,
      fault: "delay",
      delayMs: 300,
    });
    simulator.control.addFault({ match: { route: "query", entity: "Item" }, fault: "403" });
    simulator.control.addFault({ match: { route: "token" }, fault: "delay", delayMs: 1000 });
    const { exitCode, stderr } = await command(
      "run",
      "invoices",
      "items",
      "customers",
      ...JANUARY,
      "--page-size",
      "5",
    );
    expect(exitCode).toBe(1);
    expect(stderr).not.toContain("This is a bug");
    expect(await database.rows("select 1 from qbo.runs where status = 'running'")).toEqual([]);
    simulator.control.clearFaults();
    expect((await command("run", "customers", "invoices", "items", ...JANUARY)).exitCode).toBe(0);
  });

  it("is stored whatever lifetime it states", async () => {
    const settings = env();
    const server = await import("node:http").then(({ createServer }) =>
      createServer(async (request, response) => {
        const chunks: Buffer[] = [];
        for await (const chunk of request) chunks.push(Buffer.from(chunk));
        const answer = await fetch(settings["QBO_TOKEN_URL"] ?? "", {
          method: "POST",
          headers: {
            authorization: request.headers.authorization ?? "",
            "content-type": "application/x-www-form-urlencoded",
          },
          body: Buffer.concat(chunks).toString(),
        });
        const text = (await answer.text())
          .replace(/"expires_in":\d+/, '"expires_in":1e300')
          .replace(/"x_refresh_token_expires_in":\d+/, '"x_refresh_token_expires_in":"9e99"');
        response.writeHead(answer.status, { "content-type": "application/json" }).end(text);
      }),
    );
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", () => resolve()));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const through = { ...settings, QBO_TOKEN_URL: `http://127.0.0.1:${port}/token` };
    for (let times = 0; times < 2; times++) {
      const ran = await qbo(["run", "customers", ...JANUARY], { cwd: folder.path, env: through });
      expect(ran.exitCode).toBe(0);
    }
    server.close();
    const [row] = await database.rows<{ at: Date }>("select access_expires_at_utc as at from qbo.vault");
    expect(row?.at.getTime()).toBeLessThan(Date.now() + 25 * 3_600_000);
  });
});

it("a token that is refused right after its renewal is tried again", async () => {
  simulator.control.addFault({ match: { route: "query" }, times: 2, fault: "401" });
  expect((await command("run", "customers", ...JANUARY)).exitCode).toBe(0);
});
