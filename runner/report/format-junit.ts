import { xmlText } from "./escape-text.ts";

/** A test case of a JUnit report. It has passed unless it has a failure or an error. */
export interface JunitCase {
  readonly classname: string;
  readonly name: string;
  readonly file?: string;
  readonly outcomes: readonly JunitOutcome[];
}

export interface JunitOutcome {
  /** A warning becomes `system-out`, which does not fail the case. */
  readonly element: "failure" | "error" | "system-out";
  readonly text: string;
  /** Further attributes of the element, such as `type` and `message`. */
  readonly attributes?: Readonly<Record<string, string>>;
}

/** A JUnit report with a single suite. */
export function formatJunit(name: string, cases: readonly JunitCase[]): string {
  const outcomes = cases.flatMap((one) => one.outcomes);
  const suite = attributesOf({
    name,
    tests: String(cases.length),
    failures: String(outcomes.filter(({ element }) => element === "failure").length),
    errors: String(outcomes.filter(({ element }) => element === "error").length),
  });
  const body = cases.map(formatCase).join("");
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuite${suite}>\n${body}</testsuite>\n`;
}

function formatCase({ outcomes, ...attributes }: JunitCase): string {
  return `  <testcase${attributesOf(attributes)}>\n${outcomes.map(formatOutcome).join("")}  </testcase>\n`;
}

function formatOutcome({ element, text, attributes = {} }: JunitOutcome): string {
  return `    <${element}${attributesOf(attributes)}>${xmlText(text)}</${element}>\n`;
}

const attributesOf = (attributes: Readonly<Record<string, string>>): string =>
  Object.entries(attributes)
    .map(([name, value]) => ` ${name}="${xmlText(value)}"`)
    .join("");
