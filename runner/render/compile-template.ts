import Handlebars from "handlebars";
import { RunnerError } from "../errors.ts";
import { type Helper, HelperError, QUERY_HELPERS, SQL_HELPERS } from "./helpers.ts";

export type Language = "query" | "sql";

/** Renders a template. Throws `TEMPLATE_INVALID` if a name is unknown or a helper refuses its value. */
export type Render = (variables: Readonly<Record<string, unknown>>) => string;

export const HELPERS: Readonly<Record<Language, Readonly<Record<string, Helper>>>> = {
  query: QUERY_HELPERS,
  sql: SQL_HELPERS,
};

/** Compiles a template: unknown names are errors, nothing is escaped for HTML, and only the helpers of its language exist. A
 * statement of the query language is rendered as a single line. */
export function compileTemplate(file: string, source: string, language: Language): Render {
  const environment = Handlebars.create();
  for (const name of Object.keys(environment.helpers)) {
    if (name !== "if" && name !== "unless") environment.unregisterHelper(name);
  }
  for (const [name, helper] of Object.entries(HELPERS[language])) {
    // Handlebars passes its options as the last argument.
    environment.registerHelper(name, (...values: unknown[]) => helper(...values.slice(0, -1)));
  }
  const template = environment.compile(source, { strict: true, noEscape: true, knownHelpersOnly: false });
  return (variables) => {
    try {
      const rendered = template(variables).trim();
      return language === "query" ? rendered.replaceAll(/\s*\n\s*/g, " ") : rendered;
    } catch (cause) {
      const isOfTemplate = cause instanceof HelperError || cause instanceof Handlebars.Exception;
      if (!isOfTemplate) throw cause;
      throw new RunnerError("TEMPLATE_INVALID", `${file}: ${cause.message}`, {
        hint: "correct the template",
        cause,
      });
    }
  };
}
