import { chmodSync, copyFileSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";
import { asAdmin, createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

const TLS = join(ROOT, "test", "support", "tls");

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;
let keys: string;

beforeAll(async () => {
  keys = mkdtempSync(join(tmpdir(), "qbo-tls-"));
  chmodSync(keys, 0o755);
  for (const [file, mode] of [
    ["server.crt", 0o644],
    ["server.key", 0o600],
  ] as const) {
    copyFileSync(join(TLS, file), join(keys, file));
    chmodSync(join(keys, file), mode);
  }
  await asAdmin(`alter system set ssl_cert_file = '${join(keys, "server.crt")}'`);
  await asAdmin(`alter system set ssl_key_file = '${join(keys, "server.key")}'`);
  await asAdmin("alter system set ssl = on");
  await asAdmin("select pg_reload_conf()");
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
  await asAdmin("alter system reset ssl");
  await asAdmin("select pg_reload_conf()");
  rmSync(keys, { recursive: true, force: true });
});

const run = (sslMode: string, more: Record<string, string> = {}) =>
  qbo(["run", "customers", "--from", "2026-01-01", "--to", "2026-01-31"], {
    cwd: folder.path,
    env: { ...settingsOf(simulator), ...database.env, POSTGRES_SSLMODE: sslMode, ...more },
  });

describe("TLS to PostgreSQL", () => {
  it("encrypts the connection with require", async () => {
    simulator.control.addFault({ match: { route: "query" }, times: 1, fault: "delay", delayMs: 1500 });
    const running = run("require");
    const encrypted = () =>
      database.rows(
        "select ssl from pg_stat_ssl join pg_stat_activity using (pid) where application_name like 'qbo run%' and datname = current_database()",
      );
    await expect
      .poll(async () => (await encrypted()).map(({ ssl }) => ssl), { timeout: 15_000 })
      .toContain(true);
    expect(await running).toMatchObject({ exitCode: 0 });
  });

  it("refuses an untrusted certificate with verify-full", async () => {
    const { exitCode, stderr } = await run("verify-full");
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[POSTGRES_UNREACHABLE]");
    expect(stderr).toContain("self-signed certificate");
  });

  it("accepts a trusted certificate with verify-full", async () => {
    expect(await run("verify-full", { NODE_EXTRA_CA_CERTS: join(TLS, "server.crt") })).toMatchObject({
      exitCode: 0,
    });
  });
});
