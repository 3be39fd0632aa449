import { type Document, isScalar, parseDocument, visit } from "yaml";
import { nearestName } from "../nearest-name.ts";
import type { Span } from "./span.ts";
import type { Problem } from "./types.ts";

/** What expressions in a spec may name. */
export interface Variables {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type VariableProblem = Pick<Problem, "code" | "message" | "hint"> & { readonly span: Span };

const EXPRESSION = /\{\{([\s\S]*?)\}\}/g;
/** `var('name')`, `env_var("NAME", 'default')` */
const CALL = /^\s*(var|env_var)\(\s*(['"])(.*?)\2\s*(?:,\s*(.*?)\s*)?\)\s*$/s;
/** What these hold would end up in statements, the ledger and each row's lineage. */
const SECRETS = new Set(["QBO_CLIENT_SECRET", "QBO_REFRESH_TOKEN", "POSTGRES_PASSWORD"]);

/** Puts values in the place of `{{ … }}` in every text of a document. A text that is nothing but one expression becomes
 * its value, a number for example; elsewhere values are put in as text. */
export function renderVariables(doc: Document, text: string, variables: Variables): VariableProblem[] {
  const problems: VariableProblem[] = [];
  visit(doc, {
    Scalar: (_, node) => {
      const { value, range } = node;
      if (!isScalar(node) || typeof value !== "string" || !value.includes("{{")) return;
      const [from = 0, to = from + 1] = range ?? [];
      node.value = renderText(value, variables, (expression, problem) => {
        const at = text.slice(from, to).indexOf(expression);
        const span =
          at === -1 ? { at: from, length: to - from } : { at: from + at, length: expression.length };
        problems.push({ ...problem, span });
      });
    },
  });
  return problems;
}

type Report = (expression: string, problem: Omit<VariableProblem, "span">) => void;

function renderText(text: string, variables: Variables, report: Report): unknown {
  const resolve = (expression: string, inner: string): unknown => {
    const found = evaluate(inner, variables);
    if ("value" in found) return found.value;
    report(expression, found);
    return "";
  };
  const [only] = text.matchAll(EXPRESSION);
  if (only !== undefined && only[0] === text.trim()) return resolve(only[0], only[1] ?? "");
  return text.replaceAll(EXPRESSION, (expression, inner: string) => String(resolve(expression, inner)));
}

function evaluate(inner: string, variables: Variables): { value: unknown } | Omit<VariableProblem, "span"> {
  const [, kind, , name = "", written] = CALL.exec(inner) ?? [];
  if (kind === undefined) {
    return {
      code: "variable/syntax",
      message: `"${inner.trim()}" is no expression`,
      hint: "write {{ var('name') }} or {{ env_var('NAME', 'default') }}",
    };
  }
  const fallback = written === undefined ? undefined : { value: scalarOf(written) };
  return kind === "var" ? varOf(name, variables, fallback) : envOf(name, variables, fallback);
}

type Fallback = { readonly value: unknown } | undefined;

function varOf(name: string, { vars }: Variables, fallback: Fallback) {
  if (Object.hasOwn(vars, name)) return { value: vars[name] };
  if (fallback !== undefined) return fallback;
  const near = nearestName(name, Object.keys(vars));
  return {
    code: "variable/unknown-var",
    message: `there is no var "${name}" in qbo.yml, and no default here`,
    hint:
      near === undefined
        ? `add it under vars: in qbo.yml, or write var('${name}', 'default')`
        : `did you mean "${near}"?`,
  };
}

function envOf(name: string, { env }: Variables, fallback: Fallback) {
  if (SECRETS.has(name)) {
    return {
      code: "variable/secret",
      message: `${name} is a secret: a spec must not hold it`,
      hint: "statements are kept in the ledger and beside each record; use another variable",
    };
  }
  const value = env[name];
  if (value !== undefined && value !== "") return { value: scalarOf(value) };
  // A default stands for what the variable would hold: '500' is a number, too.
  if (fallback !== undefined) return { value: scalarOf(String(fallback.value)) };
  return {
    code: "variable/unset-env",
    message: `the environment variable ${name} is not set, and there is no default here`,
    hint: `set it, in .env for example, or write env_var('${name}', 'default')`,
  };
}

/** A value as YAML reads it: a number or true where it looks like one. */
function scalarOf(text: string): unknown {
  const { contents, errors } = parseDocument(text, { logLevel: "error" });
  return errors.length === 0 && isScalar(contents) ? contents.value : text;
}
