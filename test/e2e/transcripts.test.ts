import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

const TRANSCRIPTS = join(import.meta.dirname, "transcripts");

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

/** Masks what differs from run to run: times, durations, ids and ports. */
const masked = (text: string): string =>
  text
    .replaceAll(/^\d\d:\d\d:\d\d/gm, "HH:MM:SS")
    .replaceAll(/\d+\.\d\ds\b/g, "N.NNs")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22,}/g, "<uuid>")
    .replaceAll(/2026-1\d-\d\dT\S+Z|20(2[7-9]|[3-9]\d)-\S+Z/g, "<now>")
    .replaceAll(/\(intuit_tid \S+\)/g, "(intuit_tid …)")
    .replaceAll(/\d+(\.\d)? hours ago/g, "N hours ago")
    .replaceAll(/waiting \S+ before/g, "waiting N.NNs before");

async function tell(name: string, ...args: string[]) {
  const { exitCode, stdout, stderr } = await qbo(args, {
    cwd: folder.path,
    env: { ...settingsOf(simulator), ...database.env },
  });
  const transcript = `$ qbo ${args.join(" ")}\nexit ${exitCode}\n-- stdout\n${stdout}-- stderr\n${stderr}`;
  await expect(masked(transcript)).toMatchFileSnapshot(join(TRANSCRIPTS, `${name}.txt`));
}

// Each test writes a file that people can read. They run one after another on one database.
describe("transcripts", () => {
  const WEEK = ["--from", "2026-01-01", "--to", "2026-01-08", "--threads", "1"];

  it("a first run", () => tell("01-run", "run", "customers", "items", ...WEEK));
  it("the same again", () => tell("02-run-again", "run", "customers", "items", ...WEEK));
  it("the status", () => tell("03-status", "status"));
  it("a test that passes", () => tell("04-test", "test", "customers", "items"));

  it("a run that fails halfway", async () => {
    simulator.control.addFault({ match: { route: "query", entity: "Invoice" }, skip: 2, fault: "403" });
    await tell("05-run-fails", "run", "accounts", "invoices", ...WEEK, "--page-size", "3");
    simulator.control.clearFaults();
  });

  it("its status", () => tell("06-status-after-failure", "status"));
  it("its retry", () => tell("07-retry", "retry", "--threads", "1"));
  it("nothing to retry", () => tell("08-retry-again", "retry"));

  it("a test that fails", async () => {
    await database.rows("delete from raw.qb_invoices where id = (select min(id) from raw.qb_invoices)");
    await tell("09-test-fails", "test", "invoices");
  });

  it("a run of a dead grant", async () => {
    simulator.control.revokeTokens();
    await tell("10-dead-grant", "run", "customers", ...WEEK);
  });
});
