import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import pg from "pg";
import { afterAll, beforeAll, expect, it } from "vitest";
import { findBinaries } from "../../runner/embedded/binaries.ts";
import { type EmbeddedServer, startEmbedded, stopEmbedded } from "../../runner/embedded/embedded-postgres.ts";
import { runProgram } from "../../runner/embedded/run-program.ts";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let home: string;
let server: EmbeddedServer;
let simulator: Simulator;
let folder: Folder;

beforeAll(async () => {
  home = mkdtempSync(join(tmpdir(), "qbo-restart-"));
  [server, simulator] = await Promise.all([
    startEmbedded(home),
    startSimulator({ rows: { Invoice: 600 }, rowsFrom: "2026-01-01", rowsTo: "2026-01-31" }),
  ]);
  folder = createFolder();
});
afterAll(async () => {
  folder.remove();
  await Promise.all([stopEmbedded(home), simulator.close()]);
  rmSync(home, { recursive: true, force: true });
});

const env = () => ({
  ...settingsOf(simulator),
  POSTGRES_HOST: server.host,
  POSTGRES_PORT: String(server.port),
  POSTGRES_DB: server.database,
  POSTGRES_USER: server.user,
  POSTGRES_PASSWORD: server.password,
});

/** Crashes a server and lets it recover on the same port. */
const restart = () =>
  runProgram(
    findBinaries().pgCtl,
    ["-D", join(home, "postgres", "data"), "-m", "immediate", "-w", "restart"],
    join(home, "postgres", "log"),
  );

async function ask(sql: string): Promise<unknown[]> {
  const client = new pg.Client({ ...server });
  await client.connect();
  try {
    return (await client.query(sql)).rows;
  } finally {
    await client.end();
  }
}

/** QBO_RESTARTS=100 runs more of them. */
const RESTARTS = Number(process.env["QBO_RESTARTS"] ?? 4);

it(
  "survives crashes of PostgreSQL at random instants: retry completes the run, and nothing is duplicated or half done",
  async () => {
    for (let round = 0; round < RESTARTS; round++) {
      await ask("drop schema if exists raw cascade; drop schema if exists qbo cascade");
      const args = ["run", "invoices", "--from", "2026-01-01", "--to", "2026-01-31", "--page-size", "5"];
      const child = execa(process.execPath, [`${ROOT}/runner/bin.ts`, ...args], {
        cwd: folder.path,
        env: env(),
        reject: false,
      });
      await new Promise((resolve) => setTimeout(resolve, 300 + Math.random() * 700));
      await restart();
      const { exitCode, stderr } = await child;
      expect(stderr).not.toMatch(/\n\s+at .+:\d+/);
      if (exitCode !== 0) {
        expect(stderr).toContain("error[POSTGRES_UNREACHABLE]");
        const retried = await qbo(["retry"], { cwd: folder.path, env: env() });
        if (retried.stderr.includes("NOTHING_TO_RETRY")) await qbo(args, { cwd: folder.path, env: env() });
        else expect(retried).toMatchObject({ exitCode: 0 });
      }
      expect(
        await ask(
          "select count(*)::integer as rows, count(distinct id)::integer as ids from raw.qb_invoices",
        ),
      ).toEqual([{ rows: 600, ids: 600 }]);
      expect(
        await ask("select count(*)::integer as sealed from qbo.windows where status = 'sealed'"),
      ).toEqual([{ sealed: 30 }]);
    }
  },
  RESTARTS * 30_000,
);
