import Handlebars from "handlebars";
import type { Problem } from "../spec/types.ts";

/** What a template may use. */
export interface TemplateContract {
  /** Names of variables, with dots for nested ones. */
  readonly variables: ReadonlySet<string>;
  readonly helpers: ReadonlySet<string>;
}

type Found = Omit<Problem, "file" | "severity">;

/** Checks a template before anything is rendered: strict mode alone misses a misspelt `{{#if}}`, and a value that
 * goes past the helpers would be pasted unquoted into a statement. */
export function checkTemplate(file: string, source: string, contract: TemplateContract): Problem[] {
  let program: hbs.AST.Program;
  try {
    program = Handlebars.parse(source);
  } catch (error) {
    return [{ ...syntaxProblem(error), file, severity: "error" }];
  }
  const found: Found[] = [];
  checkBody(program, contract, found);
  return found.map((problem) => ({ ...problem, file, severity: "error" }));
}

function checkBody(program: hbs.AST.Program | undefined, contract: TemplateContract, found: Found[]): void {
  for (const statement of program?.body ?? []) checkStatement(statement, contract, found);
}

function checkStatement(node: hbs.AST.Statement, contract: TemplateContract, found: Found[]): void {
  if (isMustache(node)) checkMustache(node, contract, found);
  else if (isBlock(node)) checkBlock(node, contract, found);
  else if (node.type !== "ContentStatement" && node.type !== "CommentStatement") {
    found.push(
      problemAt(
        node,
        "template/unsupported",
        "partials and decorators are not supported here",
        "write it out",
      ),
    );
  }
}

function checkMustache(node: hbs.AST.MustacheStatement, contract: TemplateContract, found: Found[]): void {
  const name = nameOf(node.path);
  if (node.params.length === 0) {
    const message = `{{${name}}} would be pasted as it is`;
    const hint = `write it through a helper: ${[...contract.helpers].join(", ")}`;
    found.push(problemAt(node, "template/raw-value", message, hint));
    return;
  }
  if (!contract.helpers.has(name)) {
    const hint = `known helpers are ${[...contract.helpers].join(", ")}`;
    found.push(problemAt(node, "template/unknown-helper", `unknown helper "${name}"`, hint));
  }
  checkParams(node.params, contract, found);
}

function checkBlock(node: hbs.AST.BlockStatement, contract: TemplateContract, found: Found[]): void {
  const name = nameOf(node.path);
  if (name !== "if" && name !== "unless") {
    found.push(
      problemAt(node, "template/unsupported", `the block "${name}" is not supported`, "use if or unless"),
    );
  }
  checkParams(node.params, contract, found);
  checkBody(node.program, contract, found);
  checkBody(node.inverse, contract, found);
}

function checkParams(
  params: readonly hbs.AST.Expression[],
  contract: TemplateContract,
  found: Found[],
): void {
  for (const param of params) {
    if (param.type === "SubExpression") {
      found.push(
        problemAt(param, "template/unsupported", "a helper within a helper is not supported", "write it out"),
      );
    }
    if (param.type !== "PathExpression") continue;
    const name = nameOf(param);
    if (contract.variables.has(name)) continue;
    const hint = `known variables are ${[...contract.variables].join(", ")}`;
    found.push(problemAt(param, "template/unknown-variable", `unknown variable "${name}"`, hint));
  }
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

function syntaxProblem(error: unknown): Found {
  const message = error instanceof Error ? error.message : String(error);
  // "Parse error on line 2:", or "if doesn't match unless - 2:5".
  const [, parsed, matched] = /\bline (\d+)| - (\d+):\d+$/i.exec(message) ?? [];
  const line = Number(parsed ?? matched ?? 1);
  const summary = message.split("\n").at(-1) ?? message;
  return { code: "template/syntax", message: summary, hint: "mend the template", line, column: 1, length: 1 };
}
