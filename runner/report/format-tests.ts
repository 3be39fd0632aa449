import type { TestResult } from "../events.ts";
import { onOneLine } from "../text/visible-text.ts";
import { workflowProperty, workflowText } from "./escape-text.ts";
import { formatJunit, type JunitCase } from "./format-junit.ts";
import type { Paint } from "./format-text.ts";

export const TEST_FORMATS = ["text", "json", "github", "junit"] as const;
export type TestFormat = (typeof TEST_FORMATS)[number];

/** Version of the JSON document that `test --format json` prints. */
const VERSION = 1;
/** The width to which dots fill a line, in characters. */
const WIDTH = 60;

/** The results of `qbo test` for people, tools, GitHub's annotations or a JUnit report. */
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
      return formatJunit("qbo test", results.map(toCase));
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

/** A workflow command; GitHub shows it as an annotation of the spec. */
function toAnnotation({ status, file, name, message, hint }: TestResult): string {
  const level = status === "warn" ? "warning" : "error";
  return `::${level} file=${workflowProperty(file)}::${workflowText(`${name}: ${message}. ${hint ?? ""}`)}\n`;
}

function toCase({ name, spec, status, message, hint }: TestResult): JunitCase {
  if (status === "pass") return { classname: spec, name, outcomes: [] };
  const element = ({ warn: "system-out", fail: "failure", error: "error" } as const)[status];
  const text = hint === undefined ? message : `${message}\nwhat to do: ${hint}`;
  return { classname: spec, name, outcomes: [{ element, text }] };
}
