import { appendFileSync, readdirSync, readFileSync, readlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from "vitest";
import { parse } from "yaml";
import { CANARIES, MageProject } from "./support/mage-project.ts";
import { MageServer, until } from "./support/mage-server.ts";

const PIPELINE = "qb_customers_backfill";
const SHIPPED = "qb_customers_2026_01";

interface Campaign {
  readonly name: string;
  readonly pipeline?: string;
  readonly variables?: Readonly<Record<string, string | number>>;
}

describe.skipIf(inject("mage").kind === "absent")("one-time triggers, with the real scheduler", () => {
  let project: MageProject;
  let server: MageServer;

  beforeAll(async () => {
    project = await MageProject.create();
    await project.storeSecrets();
    server = await MageServer.start(project);
  });
  afterEach(() => project.simulator.control.clearFaults());
  afterAll(async () => {
    await server?.stop();
    await project?.remove();
  });

  /** Adds a trigger with a new name to the file, as an operator does. */
  function addTrigger({ name, pipeline = PIPELINE, variables = {} }: Campaign): void {
    const all = { fecha_inicio: "2026-01-01", fecha_fin: "2026-01-31", ...variables };
    const lines = Object.entries(all).map(([key, value]) => `    ${key}: ${JSON.stringify(value)}\n`);
    appendFileSync(
      project.triggersFile(pipeline),
      `- name: ${name}
  schedule_type: time
  schedule_interval: '@once'
  start_time: 2026-02-01 15:30:00
  status: active
  variables:
${lines.join("")}`,
    );
  }

  function setTimes(pipeline: string, times: string): void {
    const file = join(project.path, "pipelines", pipeline, "metadata.yaml");
    const before = readFileSync(file, "utf8");
    const after = before.replace(/ {4}max_seconds: \d+\n {2}timeout: \d+\n/, times);
    if (after === before) throw new Error(`${file} has no max_seconds followed by a timeout`);
    writeFileSync(file, after);
  }

  const runsOf = (trigger: string) =>
    project.own.rows<{ id: number; status: string }>(
      `select r.id, r.status::text from pipeline_run r join pipeline_schedule s on s.id = r.pipeline_schedule_id
where s.name = $1`,
      [trigger],
    );
  const stateInDatabase = async (trigger: string): Promise<string | undefined> => {
    const sql = "select status::text from pipeline_schedule where name = $1";
    return (await project.own.rows<{ status: string }>(sql, [trigger]))[0]?.status;
  };
  const isOff = (trigger: string) =>
    until(
      `the trigger ${trigger} is off`,
      15_000,
      async () => (await stateInDatabase(trigger)) === "INACTIVE",
    );
  const stateInFile = (trigger: string, pipeline = PIPELINE): string =>
    parse(readFileSync(project.triggersFile(pipeline), "utf8")).triggers.find(
      ({ name }: { name: string }) => name === trigger,
    )?.status;
  async function ended(trigger: string, status: string): Promise<void> {
    let runs: { status: string }[] = [];
    const isSo = async () => {
      runs = await runsOf(trigger);
      const isOther = runs.some(
        (run) => run.status !== status && /COMPLETED|FAILED|CANCELLED/.test(run.status),
      );
      if (isOther) throw new Error("it ended with another status");
      return runs.length > 0 && runs.every((run) => run.status === status);
    };
    await until(`the run of ${trigger} is ${status}`, 60_000, isSo).catch(async (cause: unknown) => {
      const blocks = await project.own.rows(
        "select block_uuid, status, started_at from block_run order by id",
      );
      throw new Error(`${JSON.stringify(runs)}\n${JSON.stringify(blocks)}\n${server.log.slice(-3000)}`, {
        cause,
      });
    });
  }
  const idle = () => new Promise((resolve) => setTimeout(resolve, 6_000));
  const logOf = (pipelineRun: number, block: string): { level: string; message: string }[] =>
    project
      .filesWith(`"pipeline_run_id": ${pipelineRun},`)
      .filter((file) => file.endsWith(`/${block}.log`))
      .flatMap((file) => readFileSync(file, "utf8").trim().split("\n"))
      .flatMap((line) => (line.includes("{") ? [JSON.parse(line.slice(line.indexOf("{")))] : []));
  /** The keepers and runners that this project started. Their working folder is that of the project. */
  function runners(): { pid: number; command: string }[] {
    return readdirSync("/proc")
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => {
        try {
          const command = readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ");
          const isOurs = readlinkSync(`/proc/${name}/cwd`) === project.folder && command.includes(" --from ");
          return isOurs ? [{ pid: Number(name), command }] : [];
        } catch {
          return []; // the process has just ended
        }
      });
  }

  it("runs nothing while the shipped triggers are inactive", async () => {
    await isOff(SHIPPED);
    await idle();
    expect(await project.own.rows("select * from pipeline_run")).toEqual([]);
  });

  it("fires an active trigger once, loads the month and switches the trigger off in the database and in the file", async () => {
    const file = project.triggersFile(PIPELINE);
    writeFileSync(file, readFileSync(file, "utf8").replace("status: inactive", "status: active"));
    await ended(SHIPPED, "COMPLETED");
    expect(await project.customers()).toBe(22);
    await isOff(SHIPPED);
    expect(stateInFile(SHIPPED)).toBe("inactive");
    await idle();
    expect(await runsOf(SHIPPED)).toHaveLength(1);
  });

  it("streams the runner's events into Mage's log, including windows and totals", async () => {
    const [run] = await runsOf(SHIPPED);
    const log = logOf(run?.id ?? 0, "run_qbo");
    const messages = log.map(({ message }) => message);
    expect(messages.filter((message) => message.startsWith("Q021 Window ["))).toHaveLength(30);
    expect(messages).toContainEqual(expect.stringContaining("Totals: windows 30, pages 1, rows 22"));
    expect(messages).toContainEqual(
      expect.stringContaining(`trigger ${SHIPPED} is off in the database and in`),
    );
  });

  it("does not fire again after a restart", async () => {
    await server.stop();
    server = await MageServer.start(project);
    await idle();
    expect(await runsOf(SHIPPED)).toHaveLength(1);
    expect(await stateInDatabase(SHIPPED)).toBe("INACTIVE");
  });

  it("fires a second trigger under a new name, independently of the first", async () => {
    addTrigger({ name: "second" });
    await ended("second", "COMPLETED");
    expect(await runsOf("second")).toHaveLength(1);
    expect(await runsOf(SHIPPED)).toHaveLength(1);
    expect(stateInFile("second")).toBe("inactive");
  });

  it("switches the trigger off when the run fails, and logs the reason at error level", async () => {
    project.simulator.control.addFault({ fault: "invalid_client", match: { route: "token" } });
    project.simulator.control.expireAccessTokens();
    addTrigger({ name: "fails" });
    await ended("fails", "FAILED");
    await isOff("fails");
    expect(stateInFile("fails")).toBe("inactive");
    const [run] = await runsOf("fails");
    expect(logOf(run?.id ?? 0, "run_qbo")).toContainEqual(
      expect.objectContaining({
        level: "ERROR",
        message: expect.stringContaining("QBO_CREDENTIALS_REFUSED"),
      }),
    );
  });

  it("switches the trigger off when the loader already refuses the parameters", async () => {
    addTrigger({ name: "backwards", variables: { fecha_fin: "2025-01-01" } });
    await ended("backwards", "FAILED");
    await isOff("backwards");
    expect(stateInFile("backwards")).toBe("inactive");
  });

  it("leaves no process and no active trigger when a run is cancelled, and the next run completes the range", async () => {
    await project.raw.rows("truncate raw.qb_customers, qbo.windows");
    project.simulator.control.addFault({
      fault: "hang",
      skip: 3,
      match: { route: "query", entity: "Customer" },
    });
    addTrigger({ name: "cancelled", variables: { page_size: 5 } });
    await until("a page is loaded", 30_000, async () => (await project.customers()) > 0);
    await until("the runner runs", 10_000, () => runners().length >= 2);
    const [run] = await runsOf("cancelled");
    await server.cancel(run?.id ?? 0);
    await until("no runner is left", 20_000, () => runners().length === 0);
    await ended("cancelled", "CANCELLED");
    await isOff("cancelled");
    expect(stateInFile("cancelled")).toBe("inactive");
    expect(await project.customers()).toBeLessThan(22);
    expect(
      await project.raw.rows("select status from qbo.runs order by started_at_utc desc limit 1"),
    ).toEqual([{ status: "cancelled" }]);

    project.simulator.control.clearFaults();
    addTrigger({ name: "after_cancel" });
    await ended("after_cancel", "COMPLETED");
    expect(await project.customers()).toBe(22);
  });

  it("leaves no process and no active trigger when all of Mage is killed", async () => {
    project.simulator.control.addFault({ fault: "hang", match: { route: "query", entity: "Customer" } });
    addTrigger({ name: "killed", variables: { page_size: 5 } });
    await until("the runner runs", 30_000, () => runners().length >= 2);
    await server.stop();
    await until("no runner is left", 20_000, () => runners().length === 0);
    expect(stateInFile("killed")).toBe("inactive");
    expect(await stateInDatabase("killed")).toBe("INACTIVE");

    // Mage resumes a run whose worker has died.
    project.simulator.control.clearFaults();
    server = await MageServer.start(project);
    await ended("killed", "COMPLETED");
    expect(await runsOf("killed")).toHaveLength(1);
  });

  it("leaves no process when a worker is killed, and Mage resumes its block", async () => {
    project.simulator.control.addFault({ fault: "hang", match: { route: "query", entity: "Customer" } });
    addTrigger({ name: "worker", variables: { page_size: 5 } });
    await until("the runner runs", 30_000, () => runners().length >= 2);
    const first = runners();
    const keeper = first.find(({ command }) => command.includes("keeper.py"))?.pid;
    const { stdout: worker } = await execa("ps", ["-o", "ppid=", "-p", String(keeper)]);
    project.simulator.control.clearFaults();
    process.kill(Number(worker), "SIGKILL");
    await until("the first runner is gone", 20_000, () => {
      const now = runners().map(({ pid }) => pid);
      return first.every(({ pid }) => !now.includes(pid));
    });
    await ended("worker", "COMPLETED");
    expect(await runsOf("worker")).toHaveLength(1);
    expect(stateInFile("worker")).toBe("inactive");
  });

  it("ends a runner that runs out of time, with a message, before Mage has to", async () => {
    const pipeline = "qb_invoices_backfill";
    project.simulator.control.addFault({ fault: "hang", match: { route: "query", entity: "Invoice" } });
    setTimes(pipeline, "    max_seconds: 3\n  timeout: 120\n");
    addTrigger({ name: "slow", pipeline });
    await ended("slow", "FAILED");
    expect(runners()).toEqual([]);
    const [run] = await runsOf("slow");
    const errors = logOf(run?.id ?? 0, "run_qbo").map((line) => JSON.stringify(line));
    expect(errors.join("\n")).toContain("The runner was stopped after 3 seconds");
    expect(stateInFile("slow", pipeline)).toBe("inactive");
  });

  it("leaves no process and no active trigger when Mage kills a block that runs out of time", async () => {
    const pipeline = "qb_items_backfill";
    project.simulator.control.addFault({ fault: "hang", match: { route: "query", entity: "Item" } });
    setTimes(pipeline, "    max_seconds: 600\n  timeout: 5\n");
    addTrigger({ name: "too_slow", pipeline });
    await until("the runner runs", 30_000, () => runners().length >= 2);
    await ended("too_slow", "FAILED");
    await until("no runner is left", 20_000, () => runners().length === 0);
    await isOff("too_slow");
    expect(stateInFile("too_slow", pipeline)).toBe("inactive");
  });

  it("runs one child for each month in the variant with dynamic blocks", async () => {
    const pipeline = "qbo_backfill_by_month";
    writeFileSync(project.triggersFile(pipeline), "triggers:\n");
    addTrigger({
      name: "months",
      pipeline,
      variables: { specs: "entities/customers.yml", fecha_inicio: "2025-12-15", fecha_fin: "2026-02-10" },
    });
    await ended("months", "COMPLETED");
    const blocks = await project.own.rows<{ block_uuid: string; status: string }>(
      "select block_uuid, status::text from block_run where pipeline_run_id = $1 order by block_uuid",
      [(await runsOf("months"))[0]?.id],
    );
    expect(blocks.filter(({ block_uuid }) => block_uuid.startsWith("run_qbo:"))).toEqual([
      { block_uuid: "run_qbo:2025_12_15", status: "COMPLETED" },
      { block_uuid: "run_qbo:2026_01_01", status: "COMPLETED" },
      { block_uuid: "run_qbo:2026_02_01", status: "COMPLETED" },
    ]);
    const [sealed] = await project.raw.rows<{ days: number }>(
      `select count(distinct window_start_utc)::int as days from qbo.windows
where status = 'sealed' and window_start_utc >= '2025-12-15' and window_start_utc < '2026-02-10'`,
    );
    expect(sealed?.days).toBe(57);
    expect(stateInFile("months", pipeline)).toBe("inactive");
  });

  it("leaves no secret in plain text in Mage's logs, variables, database or project", async () => {
    for (const value of [...Object.values(CANARIES), project.secrets["POSTGRES_PASSWORD"] ?? ""]) {
      expect(project.filesWith(value)).toEqual([]);
      expect(await project.ownRowsWith(value)).toEqual([]);
      expect(server.log).not.toContain(value);
    }
  });
});
