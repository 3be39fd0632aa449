import { onOneLine } from "../text/visible-text.ts";
import { workflowProperty, workflowText, xmlText } from "./escape-text.ts";
import type { Paint } from "./format-text.ts";

export interface TestResult {
  /** `customers.counts` */
  readonly name: string;
  readonly spec: string;
  readonly file: string;
  readonly table: string;
  readonly status: "pass" | "warn" | "fail" | "error";
  readonly failures: number;
  readonly message: string;
  readonly hint: string | undefined;
  /** Ids of the records that differ, by how they differ. */
  readonly records?: Readonly<Record<"missing" | "different" | "gone" | "changed", readonly string[]>>;
}

export const TEST_FORMATS = ["text", "json", "github", "junit"] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

/** Version of the form of `test --format json`. */
const VERSION = 1;
const WIDTH = 60;

export function formatTests(results: readonly TestResult[], format: TestFormat, paint: Paint): string {
  switch (format) {
    case "text":
      return formatText(results, paint);
    case "json":
      return `${JSON.stringify({ version: VERSION, results }, null, 2)}\n`;
    case "github":
      return results
        .filter(({ status }) => status !== "pass")
        .map(toAnnotation)
        .join("");
    case "junit":
      return toJunit(results);
  }
}

const COLOURS = { pass: "green", warn: "yellow", fail: "red", error: "red" } as const;

function formatText(results: readonly TestResult[], paint: Paint): string {
  const lines = results.map(({ name, status, failures, message, hint }, index) => {
    const word = status === "pass" ? "PASS" : `${status.toUpperCase()} ${failures}`;
    const head = `${index + 1} of ${results.length} ${name} `.padEnd(WIDTH, ".");
    const line = `${head} [${paint(word, COLOURS[status])}] ${onOneLine(message)}`;
    return hint === undefined ? line : `${line}\n  what to do: ${hint}`;
  });
  const count = (status: TestResult["status"]): number =>
    results.filter((result) => result.status === status).length;
  const sums = `PASS=${count("pass")} WARN=${count("warn")} FAIL=${count("fail")} ERROR=${count("error")} TOTAL=${results.length}`;
  return `${lines.join("\n")}\n\nDone. ${sums}\n`;
}

/** A workflow command; GitHub shows it at the spec. */
function toAnnotation({ status, file, name, message, hint }: TestResult): string {
  const level = status === "warn" ? "warning" : "error";
  return `::${level} file=${workflowProperty(file)}::${workflowText(`${name}: ${message}. ${hint ?? ""}`)}\n`;
}

function toJunit(results: readonly TestResult[]): string {
  const failures = results.filter(({ status }) => status === "fail").length;
  const errors = results.filter(({ status }) => status === "error").length;
  const cases = results.map(({ name, spec, status, message, hint }) => {
    const text = xmlText(`${message}${hint === undefined ? "" : `\nwhat to do: ${hint}`}`);
    const tag = { pass: "", warn: "system-out", fail: "failure", error: "error" }[status];
    const inner = tag === "" ? "" : `<${tag}>${text}</${tag}>`;
    return `  <testcase classname="${xmlText(spec)}" name="${xmlText(name)}">${inner}</testcase>\n`;
  });
  const head = `<testsuite name="qbo test" tests="${results.length}" failures="${failures}" errors="${errors}">`;
  return `<?xml version="1.0" encoding="UTF-8"?>\n${head}\n${cases.join("")}</testsuite>\n`;
}
