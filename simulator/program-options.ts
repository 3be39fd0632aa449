import { statSync } from "node:fs";
import { parseArgs } from "node:util";
import type { SimulatorOptions } from "./options.ts";
import { parseInstant } from "./pacific-time.ts";
import { findEntity } from "./query/entities.ts";

/** The command line is wrong. The message is one sentence for the user. */
export class UsageError extends Error {}

/** What the command line asks for. */
export type ProgramOptions =
  | { readonly kind: "help" }
  | { readonly kind: "start"; readonly options: SimulatorOptions; readonly log: boolean };

/** Reads the command line. Throws a UsageError if it is wrong. */
export function readProgramOptions(args: readonly string[]): ProgramOptions {
  const values = parseValues(args);
  if (values.help) return { kind: "help" };
  const options: SimulatorOptions = {
    ...numbers(values),
    ...texts(values),
    ...(values.limits === undefined
      ? {}
      : { limits: oneOf("limits", values.limits, ["on", "off"]) === "on" }),
    ...(values.rotation === undefined
      ? {}
      : { rotation: oneOf("rotation", values.rotation, ["daily", "always", "never"]) }),
    ...(values.grace === undefined ? {} : { graceHours: readHours(values.grace) }),
    ...(values.rows === undefined ? {} : { rows: readRows(values.rows) }),
  };
  return { kind: "start", options, log: values.log ?? false };
}

function parseValues(args: readonly string[]) {
  const text = { type: "string" } as const;
  const flag = { type: "boolean" } as const;
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: false,
      options: {
        port: text,
        host: text,
        seed: text,
        answers: text,
        rows: { type: "string", multiple: true },
        "rows-from": text,
        "rows-to": text,
        "client-id": text,
        "client-secret": text,
        "refresh-token": text,
        "realm-id": text,
        rotation: text,
        grace: text,
        limits: text,
        "monthly-allowance": text,
        "latency-ms": text,
        now: text,
        log: flag,
        help: flag,
      },
    }).values;
  } catch (error) {
    throw new UsageError(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

type Values = ReturnType<typeof parseValues>;

function numbers(values: Values): Partial<SimulatorOptions> {
  return {
    ...(values.port === undefined ? {} : { port: readNumber("port", values.port) }),
    ...(values.seed === undefined ? {} : { seed: readNumber("seed", values.seed) }),
    ...(values["latency-ms"] === undefined
      ? {}
      : { latencyMs: readNumber("latency-ms", values["latency-ms"]) }),
    ...(values["monthly-allowance"] === undefined
      ? {}
      : { monthlyAllowance: readNumber("monthly-allowance", values["monthly-allowance"]) }),
  };
}

function texts(values: Values): Partial<SimulatorOptions> {
  return {
    ...(values.host === undefined ? {} : { host: values.host }),
    ...(values.answers === undefined ? {} : { answers: readFolder(values.answers) }),
    ...(values["rows-from"] === undefined ? {} : { rowsFrom: readTime("rows-from", values["rows-from"]) }),
    ...(values["rows-to"] === undefined ? {} : { rowsTo: readTime("rows-to", values["rows-to"]) }),
    ...(values["client-id"] === undefined ? {} : { clientId: values["client-id"] }),
    ...(values["client-secret"] === undefined ? {} : { clientSecret: values["client-secret"] }),
    ...(values["refresh-token"] === undefined ? {} : { refreshToken: values["refresh-token"] }),
    ...(values["realm-id"] === undefined ? {} : { realmId: values["realm-id"] }),
    ...(values.now === undefined ? {} : { now: readTime("now", values.now) }),
  };
}

function readNumber(name: string, text: string): number {
  if (!/^\d+$/.test(text)) throw new UsageError(`--${name} takes a whole number, not "${text}".`);
  return Number(text);
}

function readFolder(text: string): string {
  if (statSync(text, { throwIfNoEntry: false })?.isDirectory()) return text;
  throw new UsageError(`--answers takes a folder, and "${text}" is not one.`);
}

/** A date alone means midnight in UTC. */
function readTime(name: string, text: string): string {
  const isDate = /^\d{4}-\d{2}-\d{2}$/.test(text);
  const instant = parseInstant(isDate ? `${text}T00:00:00Z` : text);
  if (instant === undefined) throw new UsageError(`--${name} takes a date or an ISO time, not "${text}".`);
  return new Date(instant).toISOString();
}

function readHours(text: string): number {
  const match = /^(\d+)h?$/.exec(text);
  if (!match) throw new UsageError(`--grace takes hours, such as 24h or 0, not "${text}".`);
  return Number(match[1]);
}

function oneOf<T extends string>(name: string, text: string, choices: readonly T[]): T {
  const choice = choices.find((candidate) => candidate === text);
  if (choice === undefined)
    throw new UsageError(`--${name} takes one of ${choices.join(", ")}, not "${text}".`);
  return choice;
}

function readRows(list: readonly string[]): Record<string, number> {
  const rows: Record<string, number> = {};
  for (const text of list) {
    const [name = "", count = ""] = text.split("=");
    const entity = findEntity(name);
    if (!entity || !/^\d+$/.test(count)) {
      throw new UsageError(`--rows takes Entity=N with a QuickBooks entity, not "${text}".`);
    }
    rows[entity.name] = Number(count);
  }
  return rows;
}
