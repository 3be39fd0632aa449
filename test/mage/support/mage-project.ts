import { chmodSync, cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { execa } from "execa";
import { inject } from "vitest";
import { ROOT } from "../../support/cli.ts";
import { createDatabase, type TestDatabase } from "../../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../../support/quickbooks.ts";

export interface Ended {
  readonly exitCode: number;
  /** Standard output and standard error, in the order in which they were written. */
  readonly text: string;
}

/** Values that a search finds wherever they leak. */
export const CANARIES = {
  clientId: "canary-client-id-4f1c",
  clientSecret: "canary-client-secret-9b2e",
  refreshToken: "canary-refresh-token-77aa",
} as const;

/** A copy of the Mage project with the project's specs, a simulator, and two empty databases: one for RAW, one for Mage
 * itself. Mage writes into its project, so the tests never use the one in the checkout. */
export class MageProject {
  readonly folder: string;
  readonly simulator: Simulator;
  readonly raw: TestDatabase;
  /** Mage's own database. */
  readonly own: TestDatabase;
  readonly #bin: string;

  private constructor(parts: Pick<MageProject, "folder" | "simulator" | "raw" | "own"> & { bin: string }) {
    this.folder = parts.folder;
    this.simulator = parts.simulator;
    this.raw = parts.raw;
    this.own = parts.own;
    this.#bin = parts.bin;
  }

  static async create(): Promise<MageProject> {
    const mage = inject("mage");
    if (mage.kind === "absent") throw new Error(mage.reason);
    const folder = mkdtempSync(join(tmpdir(), "qbo-mage-"));
    cpSync(join(ROOT, "mage"), join(folder, "mage"), { recursive: true });
    cpSync(join(ROOT, "entities"), join(folder, "entities"), { recursive: true });
    const runner = `#!/bin/sh\nexec '${process.execPath}' '${join(ROOT, "runner", "bin.ts")}' "$@"\n`;
    writeFileSync(join(folder, "qbo"), runner);
    chmodSync(join(folder, "qbo"), 0o755);
    const [simulator, raw, own] = [
      await startSimulator(CANARIES),
      await createDatabase(),
      await createDatabase(),
    ];
    writeFileSync(join(folder, "pgpass"), `*:*:*:*:${own.env["POSTGRES_PASSWORD"]}\n`, { mode: 0o600 });
    return new MageProject({ folder, simulator, raw, own, bin: mage.bin });
  }

  get path(): string {
    return join(this.folder, "mage");
  }

  get data(): string {
    return join(this.folder, "data");
  }

  /** The environment of Mage: addresses, which are not secret, and no secrets. */
  get env(): Record<string, string> {
    const { POSTGRES_HOST: host, POSTGRES_PORT: port, POSTGRES_USER: user } = this.own.env;
    return {
      PGPASSFILE: join(this.folder, "pgpass"),
      MAGE_DATABASE_CONNECTION_URL: `postgresql+psycopg2://${user}@${host}:${port}/${this.own.name}`,
      PATH: `${this.folder}:${process.env["PATH"] ?? ""}`,
      HOME: process.env["HOME"] ?? "",
      MAGE_DATA_DIR: this.data,
      ENV: "prod",
      TZ: "UTC",
      DISABLE_AUTO_BROWSER_OPEN: "1",
      REQUIRE_USER_AUTHENTICATION: "0",
      SCHEDULER_TRIGGER_INTERVAL: "1",
      QBO_API_URL: this.simulator.url,
      QBO_TOKEN_URL: this.simulator.tokenUrl,
    };
  }

  /** The ten secrets of the runner for this simulator and database. */
  get secrets(): Record<string, string> {
    const { QBO_API_URL: _api, QBO_TOKEN_URL: _token, ...quickbooks } = settingsOf(this.simulator);
    return { ...quickbooks, ...this.raw.env };
  }

  /** Runs the project's own command for secrets. */
  secretsCommand(args: readonly string[], input = ""): Promise<Ended> {
    return this.#call("python", [join(this.path, "mage_secrets.py"), ...args], input);
  }

  async storeSecrets(changes: Readonly<Record<string, string>> = {}): Promise<void> {
    const lines = Object.entries({ ...this.secrets, ...changes }).map(
      ([name, value]) => `${name}=${value}\n`,
    );
    const { exitCode, text } = await this.secretsCommand(["import"], lines.join(""));
    if (exitCode !== 0) throw new Error(text);
  }

  mageRun(pipeline: string, variables: Readonly<Record<string, unknown>> = {}): Promise<Ended> {
    return this.#call("mage", ["run", this.path, pipeline, "--runtime-vars", JSON.stringify(variables)]);
  }

  python(code: string): Promise<Ended> {
    return this.#call("python", ["-c", code]);
  }

  async #call(program: string, args: readonly string[], input = ""): Promise<Ended> {
    const { exitCode, all } = await execa(join(this.#bin, program), [...args], {
      cwd: this.folder,
      env: this.env,
      extendEnv: false,
      reject: false,
      all: true,
      input,
      timeout: 90_000,
    });
    return { exitCode: exitCode ?? -1, text: all };
  }

  program(name: string): string {
    return join(this.#bin, name);
  }

  /** The text of every row in Mage's own database that contains the given text. */
  async ownRowsWith(text: string): Promise<string[]> {
    const tables = await this.own.rows<{ name: string }>(
      "select quote_ident(table_name) as name from information_schema.tables where table_schema = 'public'",
    );
    const found: string[] = [];
    for (const { name } of tables) {
      const sql = `select t::text as row from ${name} as t where strpos(t::text, $1) > 0`;
      found.push(...(await this.own.rows<{ row: string }>(sql, [text])).map(({ row }) => `${name}: ${row}`));
    }
    return found;
  }

  triggersFile(pipeline: string): string {
    return join(this.path, "pipelines", pipeline, "triggers.yaml");
  }

  async customers(): Promise<number> {
    const [row] = await this.raw.rows<{ n: number }>("select count(*)::int as n from raw.qb_customers");
    return row?.n ?? 0;
  }

  /** The files in Mage's data folder and in the project that contain the text. */
  filesWith(text: string): string[] {
    return [this.data, this.path].flatMap((top) =>
      readdirSync(top, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .filter((file) => readFileSync(file).includes(text)),
    );
  }

  async remove(): Promise<void> {
    await this.simulator.close();
    await this.raw.drop();
    await this.own.drop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}
