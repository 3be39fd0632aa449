import { isMap, isScalar, isSeq, type Pair, parseDocument, Scalar, visit, type YAMLMap } from "yaml";

/** A pipeline file or a trigger file. */
export interface MageFile {
  readonly pipeline: string;
  readonly text: string;
}

const PIPELINE_KEYS = [
  "name",
  "uuid",
  "description",
  "type",
  "tags",
  "variables",
  "run_pipeline_in_one_process",
  "concurrency_config",
  "blocks",
  "callbacks",
  "conditionals",
  "widgets",
  "extensions",
];
const BLOCK_KEYS = [
  "uuid",
  "name",
  "type",
  "language",
  "executor_type",
  "configuration",
  "timeout",
  "retry_config",
  "upstream_blocks",
  "downstream_blocks",
];
const CONCURRENCY_KEYS = [
  "block_run_limit",
  "pipeline_run_limit",
  "pipeline_run_limit_all_triggers",
  "on_pipeline_run_limit_reached",
];
const RETRY_KEYS = ["retries", "delay", "max_delay", "exponential_backoff"];
const TRIGGER_KEYS = [
  "name",
  "description",
  "schedule_type",
  "schedule_interval",
  "start_time",
  "status",
  "variables",
  "sla",
  "settings",
  "envs",
];
const REQUIRED_TRIGGER_KEYS = ["name", "schedule_type", "schedule_interval", "start_time", "status", "envs"];
const SETTINGS_KEYS = [
  "skip_if_previous_running",
  "allow_blocks_to_fail",
  "create_initial_pipeline_run",
  "landing_time_enabled",
  "pipeline_run_limit",
  "timeout",
  "timeout_status",
];
/** Mage overwrites these variables in every run. */
const RESERVED_VARIABLES = [
  "ds",
  "hr",
  "env",
  "event",
  "execution_date",
  "execution_partition",
  "pipeline_run_id",
  "pipeline_run",
  "trigger_name",
  "interval_start_datetime",
  "interval_end_datetime",
  "interval_seconds",
  "configuration",
  "context",
  "pipeline_uuid",
  "block_uuid",
  "repo_path",
  "dynamic_block_index",
  "retry",
  "logger",
];
const FOLDERS: Readonly<Record<string, string>> = {
  data_loader: "data_loaders",
  data_exporter: "data_exporters",
  transformer: "transformers",
  callback: "callbacks",
  conditional: "conditionals",
  chart: "charts",
};
const INTERVALS = /^(@once|@hourly|@daily|@weekly|@monthly|@always_on|(\S+ ){4}\S+)$/;
const START = /^\d{4}-\d{2}-\d{2} \d{2}:\d{2}:\d{2}$/;
const YAML_DATE = /^\d{4}-\d{1,2}-\d{1,2}([Tt ].*)?$/;

type Data = Record<string, unknown>;

/** Returns what is wrong with a pipeline: mostly things that Mage accepts but then handles in an unexpected way. */
export function lintPipeline({ pipeline, text }: MageFile, hasFile: (path: string) => boolean): string[] {
  const { data, problems } = read(text);
  const blocks = list(data["blocks"]);
  const addOns = [...list(data["callbacks"]), ...list(data["conditionals"]), ...list(data["widgets"])];
  return [
    ...problems,
    ...unknownKeys("the pipeline", data, PIPELINE_KEYS),
    ...unless(data["uuid"] === pipeline, `uuid ${data["uuid"]} is not the name of the folder`),
    ...unless(data["type"] === "python", `type ${data["type"]} is not a batch pipeline`),
    ...unless(
      data["run_pipeline_in_one_process"] === false,
      "run_pipeline_in_one_process must be false: timeouts of blocks do not work otherwise",
    ),
    ...lintConcurrency(data["concurrency_config"]),
    ...lintVariables(data["variables"]),
    ...[...blocks, ...addOns].flatMap((block) => lintBlock(block, hasFile)),
    ...lintEdges(blocks, addOns),
    ...blocks.flatMap(lintTimes),
  ];
}

function lintConcurrency(value: unknown): string[] {
  const config = value as Data | undefined;
  if (config === undefined) return ["concurrency_config is missing: runs of one company must not overlap"];
  return [
    ...unknownKeys("concurrency_config", config, CONCURRENCY_KEYS),
    ...unless(
      config["block_run_limit"] === 1,
      "block_run_limit must be 1: a table is loaded by one run at a time",
    ),
    ...unless(
      config["pipeline_run_limit_all_triggers"] === 1,
      "pipeline_run_limit_all_triggers must be 1: a table is loaded by one run at a time",
    ),
  ];
}

function lintVariables(value: unknown): string[] {
  const names = Object.keys((value ?? {}) as Data);
  return [
    ...names
      .filter((name) => RESERVED_VARIABLES.includes(name))
      .map((name) => `the variable ${name} is overwritten by Mage`),
    ...["fecha_inicio", "fecha_fin", "page_size"]
      .filter((name) => !names.includes(name))
      .map((name) => `the variable ${name} is not declared: Mage's form for triggers would not show it`),
  ];
}

function lintBlock(block: Data, hasFile: (path: string) => boolean): string[] {
  const where = `block ${block["uuid"]}`;
  const folder = FOLDERS[String(block["type"])];
  const configuration = (block["configuration"] ?? {}) as Data;
  const retry = (block["retry_config"] ?? {}) as Data;
  return [
    ...unknownKeys(where, block, BLOCK_KEYS),
    ...unless(
      folder !== undefined,
      `${where} has the type ${block["type"]}, which this project does not use`,
    ),
    ...unless(hasFile(`${folder}/${block["uuid"]}.py`), `${where} has no file ${folder}/${block["uuid"]}.py`),
    ...unless(
      configuration["dynamic"] === undefined || configuration["dynamic"] === true,
      `${where} has a dynamic that is not true: Mage needs a real boolean`,
    ),
    ...unknownKeys(`retry_config of ${where}`, retry, RETRY_KEYS),
    ...unless(
      (retry["retries"] ?? 0) === 0,
      `${where} is retried by Mage: the runner knows when a retry helps`,
    ),
  ];
}

function lintEdges(blocks: readonly Data[], addOns: readonly Data[]): string[] {
  const all = [...blocks, ...addOns];
  const names = all.map(({ uuid }) => String(uuid));
  const edges = (key: string) =>
    blocks.flatMap((block) => strings(block[key]).map((other) => [String(block["uuid"]), other] as const));
  const up = edges("upstream_blocks").map(([block, upstream]) => `${upstream} -> ${block}`);
  const down = edges("downstream_blocks").map(([block, downstream]) => `${block} -> ${downstream}`);
  const callbacks = addOns.filter(({ type }) => type === "callback");
  const watched = new Set(callbacks.flatMap((block) => strings(block["upstream_blocks"])));
  return [
    ...names.filter((name, at) => names.indexOf(name) !== at).map((name) => `block ${name} exists twice`),
    ...up
      .filter((edge) => !down.includes(edge))
      .map((edge) => `${edge} is not in downstream_blocks: mage run skips it`),
    ...down
      .filter((edge) => !up.includes(edge))
      .map((edge) => `${edge} is not in upstream_blocks: the scheduler skips it`),
    ...all.flatMap((block) =>
      strings(block["upstream_blocks"])
        .filter((name) => !names.includes(name))
        .map((name) => `block ${block["uuid"]} follows ${name}, which does not exist`),
    ),
    ...blocks
      .filter(({ uuid }) => !watched.has(String(uuid)))
      .map(({ uuid }) => `no callback watches ${uuid}: a trigger would stay active`),
  ];
}

/** A block that Mage kills cannot give a reason, so its own limit must come first. */
function lintTimes(block: Data): string[] {
  const { max_seconds: own } = (block["configuration"] ?? {}) as Data;
  const timeout = block["timeout"];
  if (typeof timeout !== "number") return [`block ${block["uuid"]} has no timeout`];
  if (own === undefined || (typeof own === "number" && own + 60 <= timeout)) return [];
  return [
    `block ${block["uuid"]} has max_seconds ${own} and is killed after ${timeout}: leave at least a minute between them`,
  ];
}

/** Returns what is wrong with a trigger file in the repository. Some mistakes make Mage drop all triggers or its
 * scheduler. */
export function lintTriggers({ pipeline, text }: MageFile, pipelineText: string): string[] {
  const { data, problems, pairs } = read(text);
  const owner = read(pipelineText).data;
  const declared = Object.keys((owner["variables"] ?? {}) as Data);
  const blockSeconds = list(owner["blocks"]).reduce((sum, block) => sum + Number(block["timeout"] ?? 0), 0);
  const triggers = list(data["triggers"]);
  return [
    ...problems,
    ...unknownKeys("the file", data, ["triggers"]),
    ...unless(triggers.length > 0, "the file has no trigger"),
    ...pairs.flatMap(lintStartTime),
    ...triggers.flatMap((trigger) => [
      ...lintTrigger(trigger),
      ...lintSettings((trigger["settings"] ?? {}) as Data, blockSeconds),
      ...Object.keys((trigger["variables"] ?? {}) as Data)
        .filter((name) => !declared.includes(name))
        .map((name) => `the variable ${name} is not one of ${pipeline}`),
    ]),
  ];
}

function lintTrigger(trigger: Data): string[] {
  const where = `trigger ${trigger["name"]}`;
  return [
    ...unknownKeys(where, trigger, TRIGGER_KEYS),
    ...REQUIRED_TRIGGER_KEYS.filter((key) => !(key in trigger)).map((key) => `${where} has no ${key}`),
    ...unless(trigger["schedule_type"] === "time", `${where} is not started by time`),
    ...unless(
      INTERVALS.test(String(trigger["schedule_interval"])),
      `${where} has the interval ${trigger["schedule_interval"]}, which is not a cron expression`,
    ),
    ...unless(
      trigger["status"] === "inactive",
      `${where} is not inactive in the repository: it would fire on every new database`,
    ),
    ...unless(
      strings(trigger["envs"]).every((env) => ["dev", "staging", "prod", "test"].includes(env)),
      `${where} has an environment that Mage does not know`,
    ),
    ...lintDescription(where, trigger),
  ];
}

/** The description must say the time in UTC and in Guayaquil (UTC-5, no daylight-saving time). */
function lintDescription(where: string, trigger: Data): string[] {
  const start = new Date(`${String(trigger["start_time"]).replace(" ", "T")}Z`);
  if (Number.isNaN(start.getTime())) return [];
  const local = new Date(start.getTime() - 5 * 3_600_000);
  const inUtc = `${start.toISOString().slice(0, 16).replace("T", " ")} UTC`;
  const inGuayaquil = `${local.toISOString().slice(11, 16)} in America/Guayaquil`;
  const said = String(trigger["description"] ?? "");
  return [inUtc, inGuayaquil]
    .filter((time) => !said.includes(time))
    .map((time) => `${where} does not say "${time}" in its description`);
}

function lintSettings(settings: Data, blockSeconds: number): string[] {
  const timeout = settings["timeout"];
  return [
    ...unknownKeys("settings (an unknown key ends the scheduler of every pipeline)", settings, SETTINGS_KEYS),
    ...unless(
      timeout === undefined || Number(timeout) > blockSeconds,
      `settings.timeout ${timeout} is not above the ${blockSeconds} seconds of the blocks`,
    ),
    ...unless(
      ["failed", "cancelled", undefined].includes(settings["timeout_status"] as string | undefined),
      `settings.timeout_status ${settings["timeout_status"]} is unknown`,
    ),
  ];
}

function lintStartTime({ key, value }: Pair): string[] {
  if (!isScalar(key) || key.value !== "start_time" || !isScalar(value)) return [];
  if (value.type !== Scalar.PLAIN) return ["start_time is quoted: Mage needs a time, not text"];
  return unless(
    START.test(String(value.source)),
    `start_time ${value.source} is not YYYY-MM-DD HH:MM:SS in UTC`,
  );
}

function read(text: string): { data: Data; problems: string[]; pairs: Pair[] } {
  const document = parseDocument(text, { uniqueKeys: true });
  const pairs: Pair[] = [];
  const problems = document.errors.map(({ message }) => message);
  visit(document, {
    Pair(_, pair) {
      pairs.push(pair);
      if (isScalar(pair.key) && pair.key.value === "variables" && isMap(pair.value))
        problems.push(...lintValues(pair.value));
    },
  });
  if (text.includes("{{")) problems.push("{{ }} is not filled in by Mage in this file");
  return { data: (document.toJS() ?? {}) as Data, problems, pairs };
}

/** Variables are stored in a JSON column. A single date in it makes Mage lose every trigger of the file. */
function lintValues(variables: YAMLMap): string[] {
  return variables.items.flatMap(({ key, value }) => {
    if (isMap(value) || isSeq(value)) return [`the variable ${key} is not text or a number`];
    const isDate = isScalar(value) && value.type === Scalar.PLAIN && YAML_DATE.test(value.source ?? "");
    return isDate ? [`the variable ${key} is a date: put it in quotes`] : [];
  });
}

const unknownKeys = (where: string, data: Data, known: readonly string[]): string[] =>
  Object.keys(data)
    .filter((key) => !known.includes(key))
    .map((key) => `${where} has an unknown key ${key}`);
const unless = (isFine: boolean, problem: string): string[] => (isFine ? [] : [problem]);
const list = (value: unknown): Data[] => (Array.isArray(value) ? value : []);
const strings = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : []);
