import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { queriesOf, type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeEach(async () => {
  [database, simulator] = await Promise.all([
    createDatabase(),
    startSimulator({ clientSecret: "canary-5ecret" }),
  ]);
  folder = createFolder();
});
afterEach(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const env = (): Record<string, string> => ({ ...settingsOf(simulator), ...database.env });
const command = (args: readonly string[], more: Record<string, string> = {}) =>
  qbo(args, { cwd: folder.path, env: { ...env(), ...more } });
const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"];

/** A port that most likely nothing listens on. */
const port = String(20_000 + (process.pid % 20_000));

async function login(visit: (url: string) => Promise<unknown>, more: Record<string, string> = {}) {
  const child = execa(process.execPath, [`${ROOT}/runner/bin.ts`, "auth", "login", "--port", port], {
    cwd: folder.path,
    reject: false,
    extendEnv: false,
    env: { PATH: process.env["PATH"] ?? "", ...env(), QBO_REFRESH_TOKEN: "", QBO_REALM_ID: "", ...more },
  });
  const url = await new Promise<string>((resolve, reject) => {
    child.stdout.once("data", (chunk) => resolve(String(chunk).trim()));
    child.once("exit", () => reject(new Error("it ended")));
  });
  await visit(url);
  return child;
}

describe("auth login", () => {
  it("gets the first token through the browser, and a run then uses it from the vault", async () => {
    const { exitCode, stdout, stderr } = await login((url) => fetch(url));
    expect(exitCode).toBe(0);
    expect(stdout).toContain(`QBO_REALM_ID=${simulator.credentials.realmId}\nQBO_REFRESH_TOKEN=vault`);
    expect(stdout + stderr).not.toMatch(/AB11|RT1-|eyJlbmMi|canary/);
    const ran = await command(["run", "customers", ...JANUARY], { QBO_REFRESH_TOKEN: "vault" });
    expect(ran.exitCode).toBe(0);
    const status = await command(["auth", "status"]);
    expect(status.stdout).toMatch(
      new RegExp(`${simulator.credentials.realmId} +simulator +20\\S+Z +(100|101) days left`),
    );
  });

  it("ignores an answer that it did not request", async () => {
    const { exitCode } = await login(async (url) => {
      const forged = new URL(new URL(url).searchParams.get("redirect_uri") ?? "");
      forged.search = "?code=x&state=forged&realmId=1";
      expect((await fetch(forged)).status).toBe(400);
      await fetch(url);
    });
    expect(exitCode).toBe(0);
  });

  it("says that another company was chosen", async () => {
    const { exitCode, stderr } = await login((url) => fetch(url), { QBO_REALM_ID: "77" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("but QBO_REALM_ID is 77");
  });

  it("says that the consent was refused", async () => {
    const { exitCode, stderr } = await login((url) => fetch(url), { QBO_CLIENT_ID: "someone-else" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the company was not connected (unauthorized_client)");
  });

  it("finds nothing in the vault before a login", async () => {
    const { exitCode, stderr } = await command(["run", "customers", ...JANUARY], {
      QBO_REFRESH_TOKEN: "vault",
    });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("connect the company with `qbo auth login`");
    expect((await command(["auth", "status"])).stdout).toContain("The vault is empty");
  });
});

describe("a refresh token that was pasted in", () => {
  it("replaces the token of the vault, and the reverse", async () => {
    await command(["run", "customers", ...JANUARY]);
    const refused = await command(["run", "customers", ...JANUARY], { QBO_REFRESH_TOKEN: "pasted-but-dead" });
    expect(refused.stderr).toContain("error[QBO_GRANT_DEAD]");
    expect(await command(["run", "customers", ...JANUARY])).toMatchObject({ exitCode: 0 });
  });

  it("is reported as dead once the grant is revoked", async () => {
    await command(["run", "customers", ...JANUARY]);
    simulator.control.revokeTokens();
    const { exitCode, stderr } = await command(["run", "customers", ...JANUARY]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error\[(QBO_GRANT_DEAD|QBO_UNAUTHORIZED)\]/);
    expect(stderr).toContain("qbo auth login");
  });
});

describe("plan", () => {
  it("estimates the cost of a run from one count per entity, and writes no table", async () => {
    const { stdout, exitCode } = await command([
      "plan",
      "customers",
      "invoices",
      ...JANUARY,
      "--output",
      "json",
    ]);
    expect(exitCode).toBe(0);
    expect(queriesOf(simulator).every((statement) => statement.startsWith("select count(*)"))).toBe(true);
    const planned = JSON.parse(stdout);
    expect(planned.entities[0]).toMatchObject({
      name: "customers",
      windows: 30,
      sealed: 0,
      rows: 22,
      pages: 1,
      calls: 2,
    });
    expect(planned.total.monthly_share).toBeCloseTo(4 / 500_000);
    expect(await database.rows("select to_regclass('raw.qb_customers') as name")).toEqual([{ name: null }]);
  });

  it("plans as many calls as the run then needs", async () => {
    const planned = JSON.parse(
      (await command(["plan", ...JANUARY, "--page-size", "10", "--output", "json"])).stdout,
    );
    simulator.control.clearRequests();
    await command(["run", ...JANUARY, "--page-size", "10"]);
    expect(queriesOf(simulator).length).toBeLessThanOrEqual(planned.total.calls);
  });
});

describe("debug", () => {
  it("passes and shows no secret", async () => {
    const { exitCode, stdout, stderr } = await command(["debug"]);
    expect(stdout).toContain("All checks passed!");
    expect(exitCode).toBe(0);
    expect(stdout + stderr).not.toMatch(/canary|simulator-refresh-token|eyJlbmMi/);
  });

  it("says what to do about each problem", async () => {
    const { exitCode, stdout } = await command(["debug"], { QBO_REALM_ID: "1" });
    expect(exitCode).toBe(1);
    expect(stdout).toContain("1 check failed:");
    expect(stdout).toContain("what to do: check QBO_REALM_ID");
  });
});
