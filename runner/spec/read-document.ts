import { type Document, isMap, isNode, isScalar, LineCounter, parseDocument, type YAMLError } from "yaml";
import { renderVariables, type Variables } from "./render-variables.ts";
import type { Span } from "./span.ts";
import type { Problem } from "./types.ts";

/** A parsed YAML file that knows the place of each of its parts. */
export interface SpecDocument {
  readonly file: string;
  readonly text: string;
  /** The content of the file; undefined if it could not be read. */
  readonly value: unknown;
  readonly problems: readonly Problem[];
  /** The place of the value at a path, or of its key. */
  readonly spanOf: (path: readonly string[], part?: "key" | "value") => Span;
  readonly problemAt: (span: Span, problem: Omit<Problem, "file" | "line" | "column" | "length">) => Problem;
}

/** The most aliases that a file may expand. More than this is an attack on memory, not a spec. */
const MAX_ALIASES = 50;

/** Reads one YAML text. Syntax errors become problems; nothing is thrown. */
export function readDocument(file: string, text: string, variables: Variables): SpecDocument {
  const lines = new LineCounter();
  const doc = parseDocument(text, {
    lineCounter: lines,
    prettyErrors: false,
    strict: true,
    logLevel: "error",
  });
  const problemAt: SpecDocument["problemAt"] = (span, problem) => {
    const { line, col } = lines.linePos(span.at);
    return {
      ...problem,
      file,
      line: Math.max(1, line),
      column: Math.max(1, col),
      length: Math.max(1, span.length),
    };
  };
  const spanOf: SpecDocument["spanOf"] = (path, part = "value") => spanInDocument(doc, path, part);
  const fail = (problems: readonly Problem[]) => ({
    file,
    text,
    spanOf,
    problemAt,
    value: undefined,
    problems,
  });
  if (doc.errors.length > 0) {
    return fail(doc.errors.map((error) => problemAt(spanOfError(error), syntaxProblem(error.message))));
  }
  const wrong = renderVariables(doc, text, variables);
  if (wrong.length > 0) {
    return fail(wrong.map(({ span, ...problem }) => problemAt(span, { severity: "error", ...problem })));
  }
  try {
    const value: unknown = doc.toJS({ maxAliasCount: MAX_ALIASES });
    return { file, text, value, problems: [], spanOf, problemAt };
  } catch (cause) {
    if (!(cause instanceof ReferenceError)) throw cause;
    return fail([problemAt(spanOf([]), aliasProblem(cause.message))]);
  }
}

const syntaxProblem = (message: string) =>
  ({
    severity: "error",
    code: "yaml/syntax",
    message: firstLine(message),
    hint: 'fix the YAML at this place; a text that contains ": " or " #" needs quotes',
  }) as const;

const aliasProblem = (message: string) =>
  ({
    severity: "error",
    code: "yaml/aliases",
    message: firstLine(message),
    hint: "write the values out instead of *aliases",
  }) as const;

const firstLine = (message: string): string => (message.split("\n")[0] ?? message).replace(/:$/, "");

const spanOfError = (error: YAMLError): Span => ({
  at: error.pos[0],
  length: error.pos[1] - error.pos[0],
});

function spanInDocument(doc: Document, path: readonly string[], part: "key" | "value"): Span {
  if (part === "key" && path.length > 0) {
    const parent = path.length === 1 ? doc.contents : doc.getIn(path.slice(0, -1), true);
    const key = path.at(-1);
    const pair = isMap(parent)
      ? parent.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
      : undefined;
    return spanOfNode(pair?.key);
  }
  return spanOfNode(path.length === 0 ? doc.contents : doc.getIn(path, true));
}

function spanOfNode(node: unknown): Span {
  const range = isNode(node) ? node.range : undefined;
  return range ? { at: range[0], length: range[1] - range[0] } : { at: 0, length: 1 };
}
