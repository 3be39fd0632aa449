import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { execa } from "execa";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { lintPipeline, lintTriggers } from "./mage/support/lint.ts";

const PIPELINES = readdirSync("mage/pipelines");
const fileOf = (pipeline: string, name: string): string => join("mage", "pipelines", pipeline, name);
const textOf = (pipeline: string, name: string): string => readFileSync(fileOf(pipeline, name), "utf8");
const hasFile = (path: string): boolean => existsSync(join("mage", path));
const WITH_TRIGGERS = PIPELINES.filter((pipeline) => existsSync(fileOf(pipeline, "triggers.yaml")));

it("has the pipelines that the documentation names", () => {
  expect(PIPELINES).toEqual([
    "qb_customers_backfill",
    "qb_invoices_backfill",
    "qb_items_backfill",
    "qbo_backfill",
    "qbo_backfill_by_month",
  ]);
});

it.each(PIPELINES)("finds none of Mage's pitfalls in %s", (pipeline) => {
  expect(lintPipeline({ pipeline, text: textOf(pipeline, "metadata.yaml") }, hasFile)).toEqual([]);
});

it.each(WITH_TRIGGERS)("finds none of Mage's pitfalls in the triggers of %s", (pipeline) => {
  const file = { pipeline, text: textOf(pipeline, "triggers.yaml") };
  expect(lintTriggers(file, textOf(pipeline, "metadata.yaml"))).toEqual([]);
});

it("builds every pipeline from the same blocks", () => {
  const blocks = PIPELINES.map((pipeline) => {
    const { blocks, callbacks } = parse(textOf(pipeline, "metadata.yaml"));
    return [...blocks, ...callbacks].map(({ uuid }: { uuid: string }) => uuid).join(" ");
  });
  expect(new Set(blocks)).toEqual(new Set(["check_specs run_qbo switch_trigger_off"]));
});

it("gives no two triggers the same name", () => {
  const names = WITH_TRIGGERS.flatMap((pipeline) =>
    parse(textOf(pipeline, "triggers.yaml")).triggers.map(({ name }: { name: string }) => name),
  );
  expect(new Set(names).size).toBe(names.length);
});

it("ships one-time triggers for January 2026 on the first of February", () => {
  for (const pipeline of WITH_TRIGGERS) {
    const [trigger] = parse(textOf(pipeline, "triggers.yaml")).triggers;
    expect(trigger).toMatchObject({
      schedule_interval: "@once",
      start_time: "2026-02-01 15:30:00",
      status: "inactive",
      variables: { fecha_inicio: "2026-01-01", fecha_fin: "2026-01-31" },
    });
  }
});

describe("the lint finds in a pipeline", () => {
  const text = textOf("qb_customers_backfill", "metadata.yaml");
  it.each([
    ["an unknown key", "tags:", "retry_config: {}\ntags:", "the pipeline has an unknown key retry_config"],
    [
      "another uuid than the folder's",
      "uuid: qb_customers_backfill",
      "uuid: other",
      "uuid other is not the name",
    ],
    [
      "one process for all blocks",
      "one_process: false",
      "one_process: true",
      "run_pipeline_in_one_process must be",
    ],
    [
      "an unquoted date",
      "fecha_inicio: ''",
      "fecha_inicio: 2026-01-01",
      "the variable fecha_inicio is a date",
    ],
    ["a reserved variable", "  page_size: ''", "  page_size: ''\n  ds: ''", "the variable ds is overwritten"],
    ["an undeclared parameter", "  page_size: ''\n", "", "the variable page_size is not declared"],
    ["overlapping runs", "all_triggers: 1", "all_triggers: 2", "pipeline_run_limit_all_triggers must be 1"],
    [
      "an unknown limit",
      "block_run_limit: 1",
      "block_limit: 1",
      "concurrency_config has an unknown key block_limit",
    ],
    [
      "an edge that is missing downstream",
      "downstream_blocks: [run_qbo]",
      "downstream_blocks: []",
      "mage run skips it",
    ],
    [
      "an edge that is missing upstream",
      "upstream_blocks: [check_specs]\n",
      "upstream_blocks: []\n",
      "scheduler skips it",
    ],
    [
      "a block without a file",
      "uuid: check_specs",
      "uuid: check",
      "block check has no file data_loaders/check.py",
    ],
    ["a block of an unsupported type", "type: data_loader", "type: custom", "has the type custom"],
    ["a block that exists twice", "uuid: check_specs", "uuid: run_qbo", "block run_qbo exists twice"],
    [
      "a neighbour that does not exist",
      "[check_specs, run_qbo]",
      "[check_specs, run_qbo, x]",
      "follows x, which does not",
    ],
    [
      "a block that no callback watches",
      "[check_specs, run_qbo]",
      "[check_specs]",
      "no callback watches run_qbo",
    ],
    ["retries", "{retries: 0}", "{retries: 3}", "block check_specs is retried by Mage"],
    ["a limit above Mage's own", "max_seconds: 21600", "max_seconds: 22200", "is killed after 22200"],
    ["a template", "tags: [qbo", "tags: ['{{ env_var(1) }}', qbo", "{{ }} is not filled in"],
  ])("%s", (_, from, to, problem) => {
    expect(text).toContain(from);
    const problems = lintPipeline(
      { pipeline: "qb_customers_backfill", text: text.replace(from, to) },
      hasFile,
    );
    expect(problems).toContainEqual(expect.stringContaining(problem));
  });
});

describe("the lint finds in a trigger file", () => {
  const pipeline = "qb_customers_backfill";
  const text = textOf(pipeline, "triggers.yaml");
  it.each([
    ["an active trigger", "status: inactive", "status: active", "is not inactive in the repository"],
    [
      "a quoted start",
      "start_time: 2026-02-01 15:30:00",
      "start_time: '2026-02-01 15:30:00'",
      "start_time is quoted",
    ],
    ["a start with an offset", "15:30:00\n", "10:30:00-05:00\n", "is not YYYY-MM-DD HH:MM:SS in UTC"],
    [
      "a start without a time",
      "start_time: 2026-02-01 15:30:00",
      "start_time: 2026-02-01",
      "is not YYYY-MM-DD",
    ],
    [
      "an unquoted date",
      "fecha_fin: '2026-01-31'",
      "fecha_fin: 2026-01-31",
      "the variable fecha_fin is a date",
    ],
    [
      "an unknown setting",
      "  sla: 7200\n  settings:",
      "  settings:\n    disable_after_run: true",
      "unknown key disable",
    ],
    ["an unknown key", "sla: 7200", "timezone: UTC", "has an unknown key timezone"],
    ["no interval", "  schedule_interval: '@once'\n", "", "has no schedule_interval"],
    ["an invalid interval", "'@once'", "'@yearly'", "has the interval @yearly"],
    ["a foreign variable", "page_size: 1000", "pagesize: 1000", "the variable pagesize is not one of"],
    [
      "an unknown environment",
      "envs: [prod]",
      "envs: [production]",
      "has an environment that Mage does not know",
    ],
    [
      "a time-out shorter than the blocks'",
      "timeout: 25200",
      "timeout: 3600",
      "is not above the 22500 seconds",
    ],
    [
      "a time that the description does not mention",
      "01 15:30:00",
      "01 16:30:00",
      '"11:30 in America/Guayaquil"',
    ],
    [
      "the same key twice",
      "  status: inactive",
      "  status: inactive\n  status: inactive",
      "Map keys must be unique",
    ],
  ])("%s", (_, from, to, problem) => {
    expect(text).toContain(from);
    const problems = lintTriggers(
      { pipeline, text: text.replace(from, to) },
      textOf(pipeline, "metadata.yaml"),
    );
    expect(problems).toContainEqual(expect.stringContaining(problem));
  });
});

const python = await execa("python3", ["-c", "import sys; sys.exit(sys.version_info < (3, 10))"], {
  reject: false,
});
if (python.exitCode !== 0)
  process.stderr.write("The tests of mage/utils are skipped: there is no python3 of version 3.10 or later\n");

it.skipIf(python.exitCode !== 0)("understands what `qbo ls` says", async () => {
  const script = `
import sys
from pathlib import Path
from mage.utils.runner import Runner
print('\\n'.join(Runner((sys.argv[1], 'runner/bin.ts'), Path('.')).describe(('customers', 'invoices'))))`;
  const { stdout } = await execa("python3", ["-c", script, process.execPath]);
  expect(stdout.split("\n")).toEqual([
    "Customer -> raw.qb_customers, from entities/customers.yml, one window per day",
    "Invoice -> raw.qb_invoices, from entities/invoices.yml, one window per day",
  ]);
});

it.skipIf(python.exitCode !== 0)("passes the Python tests of mage/utils", { timeout: 60_000 }, async () => {
  const args = ["-W", "error::ResourceWarning", "-m", "unittest", "discover", "-s", "test/mage/python"];
  const { exitCode, all } = await execa("python3", args, { reject: false, all: true });
  expect(all).toMatch(/Ran (?!0 )\d+ tests/);
  expect({ exitCode, all }).toMatchObject({ exitCode: 0 });
});
