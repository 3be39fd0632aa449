import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { openSync, readFileSync } from "node:fs";
import { createServer } from "node:net";
import { join } from "node:path";
import type { MageProject } from "./mage-project.ts";

/** The public key of Mage's API, which is the same in every installation. */
const API_KEY = "zkWlN0PkIKSN0C11CfUHUj84OT5XOJ6tDZ6bDRO2";

/** The real Mage with its scheduler, started in the same way as by an operator. */
export class MageServer {
  readonly #process: ChildProcess;
  readonly #url: string;
  readonly #log: string;

  private constructor(process: ChildProcess, url: string, log: string) {
    this.#process = process;
    this.#url = url;
    this.#log = log;
  }

  static async start(project: MageProject): Promise<MageServer> {
    const port = await freePort();
    const log = join(project.folder, `server-${port}.log`);
    const output = openSync(log, "a");
    // It gets its own process group, because the scheduler survives when the server is stopped.
    const child = spawn(
      project.program("python"),
      [join(project.path, "start.py"), "--host", "127.0.0.1", "--port", String(port)],
      { cwd: project.folder, env: project.env, stdio: ["ignore", output, output], detached: true },
    );
    const server = new MageServer(child, `http://127.0.0.1:${port}`, log);
    await until("the scheduler runs", 90_000, async () => {
      if (child.exitCode !== null) throw new Error(`Mage has ended:\n${server.log.slice(-3000)}`);
      const answer = await fetch(`${server.#url}/api/status`).catch(() => undefined);
      return answer?.ok === true && /"scheduler_status": *"running"/.test(await answer.text());
    });
    return server;
  }

  get log(): string {
    return readFileSync(this.#log, "utf8");
  }

  async cancel(pipelineRun: number): Promise<void> {
    const answer = await fetch(`${this.#url}/api/pipeline_runs/${pipelineRun}`, {
      method: "PUT",
      headers: { "content-type": "application/json", "x-api-key": API_KEY },
      body: JSON.stringify({ pipeline_run: { status: "cancelled" } }),
    });
    const text = await answer.text();
    // Mage answers 200 even if it refuses a request.
    if (!answer.ok || text.includes('"error": {'))
      throw new Error(`Mage did not cancel: ${text.slice(0, 500)}`);
  }

  async stop(): Promise<void> {
    if (this.#process.pid === undefined || this.#process.exitCode !== null) return;
    const ended = once(this.#process, "exit");
    process.kill(-this.#process.pid, "SIGKILL");
    await ended;
  }
}

/** Waits until something becomes true. If it does not, the error says what it was. */
export async function until(
  what: string,
  timeoutMs: number,
  isTrue: () => boolean | Promise<boolean>,
): Promise<void> {
  const end = Date.now() + timeoutMs;
  while (!(await isTrue())) {
    if (Date.now() > end) throw new Error(`waited ${timeoutMs} ms for: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("no port was given");
  return address.port;
}
