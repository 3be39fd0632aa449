import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { promisify } from "node:util";
import { Worker } from "node:worker_threads";
import { describe, expect, it } from "vitest";
import { parseObject } from "./test-support.ts";

const PROGRAM = join(import.meta.dirname, "bin.ts");
const run = promisify(execFile);

const READY = [
  "type",
  "url",
  "token_url",
  "authorize_url",
  "control_url",
  "client_id",
  "client_secret",
  "refresh_token",
  "realm_id",
];

describe("the program", () => {
  it("prints one ready line, serves requests, and ends cleanly on SIGTERM", async () => {
    const child = spawn(process.execPath, [PROGRAM, "--realm-id", "4620816365000000009", "--log"]);
    let output = "";
    child.stdout.on("data", (chunk) => {
      output += String(chunk);
    });
    await once(child.stdout, "data");
    const ready = parseObject(output);
    expect(Object.keys(ready)).toEqual(READY);
    expect(ready["realm_id"]).toBe("4620816365000000009");
    expect((await fetch(`${ready["control_url"]}/clock`)).status).toBe(200);
    child.kill("SIGTERM");
    expect(await once(child, "exit")).toEqual([0, null]);
    expect(output.trimEnd().split("\n")).toHaveLength(1);
  });

  it("refuses a wrong command line with one sentence and exit code 2", async () => {
    const failure = await run(process.execPath, [PROGRAM, "--port", "x"]).catch((error) => error);
    expect(failure).toMatchObject({
      code: 2,
      stdout: "",
      stderr: 'simulator: --port takes a whole number, not "x".\n',
    });
  });

  it("posts the ready object from a worker and ends on close", async () => {
    const worker = new Worker(PROGRAM, { argv: ["--rows", "Invoice=5"] });
    const [ready] = await once(worker, "message");
    expect(Object.keys(ready)).toEqual(READY);
    const records = await fetch(`${ready.control_url}/records/Invoice`);
    expect(JSON.parse(await records.text()).records).toHaveLength(5);
    worker.postMessage("close");
    expect(await once(worker, "exit")).toEqual([0]);
  });
});
