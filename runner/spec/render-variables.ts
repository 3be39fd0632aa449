import { type Document, isScalar, parseDocument, visit } from "yaml";
import { nearestName } from "../nearest-name.ts";
import type { Span } from "./span.ts";
import type { Problem } from "./types.ts";

/** The values that expressions in a spec may use. */
export interface Variables {
  readonly vars: Readonly<Record<string, unknown>>;
  readonly env: Readonly<Record<string, string | undefined>>;
}

export type VariableProblem = Pick<Problem, "code" | "message" | "hint"> & { readonly span: Span };

const EXPRESSION = /\{\{([\s\S]*?)\}\}/g;
/** Matches `var('name')` and `env_var("NAME", 'default')`. */
const CALL = /^\s*(var|env_var)\(\s*(['"])(.*?)\2\s*(?:,\s*(.*?)\s*)?\)\s*$/s;
/** Variables that a spec must not use, because their values would appear in statements, in the ledger and in every row's
 * lineage. */
const SECRETS = new Set(["QBO_CLIENT_SECRET", "QBO_REFRESH_TOKEN", "POSTGRES_PASSWORD"]);

/** Replaces `{{ … }}` in every text of a document by values. A text that consists of one expression becomes its value, which
 * may be a number, for example. In other texts, values are inserted as text. Returns the problems; the document is
 * changed. */
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
      message: `"${inner.trim()}" is not a valid expression`,
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
    message: `qbo.yml has no var "${name}", and the expression has no default`,
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
      message: `${name} is a secret, so a spec must not contain it`,
      hint: "use another variable; statements are stored in the ledger and with each record",
    };
  }
  const value = env[name];
  if (value !== undefined && value !== "") return { value: scalarOf(value) };
  // A default is read like the content of the variable, so '500' becomes a number too.
  if (fallback !== undefined) return { value: scalarOf(String(fallback.value)) };
  return {
    code: "variable/unset-env",
    message: `the environment variable ${name} is not set, and the expression has no default`,
    hint: `set it, for example in .env, or write env_var('${name}', 'default')`,
  };
}

/** Reads a text as YAML would: as a number or a boolean if it looks like one. */
function scalarOf(text: string): unknown {
  const { contents, errors } = parseDocument(text, { logLevel: "error" });
  return errors.length === 0 && isScalar(contents) ? contents.value : text;
}
