import Handlebars from "handlebars";
import type { Problem } from "../spec/types.ts";

/** What a template may use. */
export interface TemplateContract {
  /** Names of variables; nested ones are written with dots. */
  readonly variables: ReadonlySet<string>;
  readonly helpers: ReadonlySet<string>;
}

type Found = Omit<Problem, "file" | "severity">;

/** Checks a template before anything is rendered. Handlebars' strict mode alone is not enough: it does not notice a
 * misspelt `{{#if}}`, and it would paste a value without a helper into a statement unquoted. */
export function checkTemplate(file: string, source: string, contract: TemplateContract): Problem[] {
  return findProblems(source, contract).map((found) => ({ ...found, file, severity: "error" }));
}

function findProblems(source: string, contract: TemplateContract): Found[] {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [syntaxProblem(error)];
  }
  return checkBody(program, contract);
}

function checkBody(program: hbs.AST.Program | undefined, contract: TemplateContract): Found[] {
  return (program?.body ?? []).flatMap((statement) => checkStatement(statement, contract));
}

function checkStatement(node: hbs.AST.Statement, contract: TemplateContract): Found[] {
  if (isMustache(node)) return checkMustache(node, contract);
  if (isBlock(node)) return checkBlock(node, contract);
  if (node.type === "ContentStatement" || node.type === "CommentStatement") return [];
  const message = "partials and decorators are not supported here";
  return [problemAt(node, "template/unsupported", message, "write their content here instead")];
}

function checkMustache(node: hbs.AST.MustacheStatement, contract: TemplateContract): Found[] {
  const name = nameOf(node.path);
  if (node.params.length === 0) {
    const message = `{{${name}}} would be inserted without quoting`;
    const hint = `pass it through a helper: ${[...contract.helpers].join(", ")}`;
    return [problemAt(node, "template/raw-value", message, hint)];
  }
  const problems = checkParams(node.params, contract);
  if (!contract.helpers.has(name)) {
    const hint = `known helpers are ${[...contract.helpers].join(", ")}`;
    problems.unshift(problemAt(node, "template/unknown-helper", `unknown helper "${name}"`, hint));
  }
  return problems;
}

function checkBlock(node: hbs.AST.BlockStatement, contract: TemplateContract): Found[] {
  const problems = [
    ...checkParams(node.params, contract),
    ...checkBody(node.program, contract),
    ...checkBody(node.inverse, contract),
  ];
  const name = nameOf(node.path);
  if (name !== "if" && name !== "unless") {
    const message = `the block "${name}" is not supported`;
    problems.unshift(problemAt(node, "template/unsupported", message, "use if or unless"));
  }
  return problems;
}

function checkParams(params: readonly hbs.AST.Expression[], contract: TemplateContract): Found[] {
  return params.flatMap((param) => checkParam(param, contract));
}

function checkParam(param: hbs.AST.Expression, contract: TemplateContract): Found[] {
  if (param.type === "SubExpression") {
    const message = "a helper inside another helper is not supported";
    return [problemAt(param, "template/unsupported", message, "use a single helper for each value")];
  }
  const name = nameOf(param);
  if (param.type !== "PathExpression" || contract.variables.has(name)) return [];
  const hint = `known variables are ${[...contract.variables].join(", ")}`;
  return [problemAt(param, "template/unknown-variable", `unknown variable "${name}"`, hint)];
}

const isMustache = (node: hbs.AST.Node): node is hbs.AST.MustacheStatement =>
  node.type === "MustacheStatement";
const isBlock = (node: hbs.AST.Node): node is hbs.AST.BlockStatement => node.type === "BlockStatement";

function nameOf(node: hbs.AST.Node): string {
  return "original" in node ? String(node.original) : node.type;
}

function problemAt({ loc }: hbs.AST.Node, code: string, message: string, hint: string): Found {
  const length = loc.end.line === loc.start.line ? loc.end.column - loc.start.column : 1;
  return { code, message, hint, line: loc.start.line, column: loc.start.column + 1, length };
}

/** Handlebars names the line either at the start of its message ("Parse error on line 2:") or at the end of it ("if doesn't
 * match unless - 2:5"). The last line of the message says what is wrong. */
function syntaxProblem(error: unknown): Found {
  const message = error instanceof Error ? error.message : String(error);
  const lineAtStart = /\bline (\d+)/i.exec(message)?.[1];
  const lineAtEnd = / - (\d+):\d+$/.exec(message)?.[1];
  return {
    code: "template/syntax",
    message: message.split("\n").at(-1) ?? message,
    hint: "correct the template",
    line: Number(lineAtStart ?? lineAtEnd ?? 1),
    column: 1,
    length: 1,
  };
}
