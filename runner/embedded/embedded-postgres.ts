import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import pg from "pg";
import { RunnerError } from "../errors.ts";
import { type Binaries, findBinaries } from "./binaries.ts";
import { runProgram } from "./run-program.ts";

/** The server under `.qbo/`: its address, its credentials, and the password file for `psql`. */
export interface EmbeddedServer {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly password: string;
  readonly sslMode: "disable";
  readonly passFile: string;
}

const HOST = "127.0.0.1";
const USER = "qbo";
const DATABASE = "qbo";
const START_SECONDS = 60;

/** Starts PostgreSQL under `folder` unless it is already running. The server keeps running when this process ends, so that
 * the next command and `psql` find it. `stopEmbedded` stops it. */
export async function startEmbedded(
  folder: string,
  binaries: Binaries = findBinaries(),
): Promise<EmbeddedServer> {
  const paths = pathsIn(folder);
  checkNames([paths.data, binaries.initdb]);
  mkdirSync(paths.root, { recursive: true });
  writeFileSync(join(folder, ".gitignore"), "*\n");
  if (!existsSync(join(paths.data, "PG_VERSION"))) await initialise(binaries, paths);
  checkVersion(binaries, paths);
  for (let tries = 1; ; tries++) {
    const running = await findRunning(paths);
    if (running !== undefined) return running;
    try {
      await start(binaries, paths);
    } catch (error) {
      // Another process may have started the server at the same moment, or taken the port.
      if (tries >= 3) throw error;
      await new Promise((resolve) => setTimeout(resolve, 500));
    }
  }
}

/** Stops the server under `folder`. Returns whether one was running. */
export async function stopEmbedded(folder: string): Promise<boolean> {
  const paths = pathsIn(folder);
  if (readPort(paths) === undefined) return false;
  await runProgram(findBinaries().pgCtl, ["-D", paths.data, "-m", "fast", "-w", "stop"], paths.log);
  return true;
}

/** Refuses paths that a shell would not read literally, because PostgreSQL's programs pass these paths to a shell in double
 * quotes. */
function checkNames(paths: readonly string[]): void {
  const bad = paths.find((path) => /["$`\\\n]/.test(path) && process.platform !== "win32");
  if (bad === undefined) return;
  throw new RunnerError(
    "EMBEDDED_POSTGRES",
    `embedded PostgreSQL cannot run in ${bad}: its path contains one of the characters " $ \` \\`,
    {
      hint: "use another folder, or set POSTGRES_HOST to use your own server",
    },
  );
}

/** The shell command that opens `psql` on the server. */
export function psqlLine({ host, port, user, database, passFile }: EmbeddedServer): string {
  return `PGPASSFILE='${passFile.replaceAll("'", "'\\''")}' psql -h ${host} -p ${port} -U ${user} -d ${database}`;
}

type Paths = ReturnType<typeof pathsIn>;

function pathsIn(folder: string) {
  const root = join(folder, "postgres");
  return { root, data: join(root, "data"), log: join(root, "log"), passFile: join(root, "pgpass") };
}

/** Creates the database cluster in a temporary folder and moves it into place once it is complete, so that a crash leaves no
 * half-made cluster. */
async function initialise({ initdb }: Binaries, paths: Paths): Promise<void> {
  const half = `${paths.data}.${process.pid}`;
  const secretFile = `${half}.secret`;
  const password = randomBytes(24).toString("hex");
  writeFileSync(secretFile, password, { mode: 0o600 });
  try {
    const how = ["--encoding=UTF8", "--locale=C", "--auth=scram-sha-256", `--username=${USER}`];
    await runProgram(initdb, ["-D", half, `--pwfile=${secretFile}`, ...how], paths.log);
    if (existsSync(join(paths.data, "PG_VERSION"))) return;
    writeFileSync(paths.passFile, `*:*:*:${USER}:${password}\n`, { mode: 0o600 });
    renameSync(half, paths.data);
  } finally {
    rmSync(half, { recursive: true, force: true });
    rmSync(secretFile, { force: true });
  }
}

function checkVersion({ major }: Binaries, paths: Paths): void {
  const found = readFileSync(join(paths.data, "PG_VERSION"), "utf8").trim();
  if (found === major) return;
  throw new RunnerError(
    "EMBEDDED_POSTGRES",
    `${paths.data} was created by PostgreSQL ${found}, but the embedded server is version ${major}`,
    {
      hint: "dump it with the old version, or remove the folder .qbo/postgres to start from an empty database",
    },
  );
}

async function start({ pgCtl }: Binaries, paths: Paths): Promise<void> {
  const port = await freePort();
  const options = `-p ${port} -c listen_addresses=${HOST} -c unix_socket_directories= -c timezone=UTC -c log_timezone=UTC`;
  await runProgram(
    pgCtl,
    ["-D", paths.data, "-l", paths.log, "-w", "-t", String(START_SECONDS), "-o", options, "start"],
    paths.log,
  );
}

/** The running server, if it answers; undefined otherwise. */
async function findRunning(paths: Paths): Promise<EmbeddedServer | undefined> {
  const port = readPort(paths);
  if (port === undefined) return undefined;
  const password = readFileSync(paths.passFile, "utf8").trim().split(":").at(-1) ?? "";
  const server = {
    host: HOST,
    port,
    database: DATABASE,
    user: USER,
    password,
    sslMode: "disable",
    passFile: paths.passFile,
  } as const;
  return (await createDatabase(server)) ? server : undefined;
}

/** Reads the port from line 4 of the server's pid file. The server deletes that file when it stops. */
function readPort(paths: Paths): number | undefined {
  try {
    const port = Number(readFileSync(join(paths.data, "postmaster.pid"), "utf8").split("\n")[3]);
    return Number.isInteger(port) && port > 0 ? port : undefined;
  } catch {
    return undefined;
  }
}

/** Creates the database if it is missing. Returns false if the server does not answer; a crashed server leaves its pid
 * file. */
async function createDatabase({ host, port, user, password }: EmbeddedServer): Promise<boolean> {
  const client = new pg.Client({
    host,
    port,
    user,
    password,
    database: "postgres",
    connectionTimeoutMillis: 5000,
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
  } catch {
    return false;
  }
  try {
    await client.query(`create database "${DATABASE}"`);
  } catch (error) {
    const isThere = error instanceof pg.DatabaseError && (error.code === "42P04" || error.code === "23505");
    if (!isThere) throw error;
  } finally {
    await client.end();
  }
  return true;
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const probe = createServer();
    probe.on("error", reject);
    probe.listen(0, HOST, () => {
      const address = probe.address();
      probe.close(() =>
        typeof address === "object" && address !== null
          ? resolve(address.port)
          : reject(new Error("no port")),
      );
    });
  });
}
