import Handlebars from "handlebars";
import { RunnerError } from "../errors.ts";
import { type Helper, HelperError, QUERY_HELPERS, SQL_HELPERS } from "./helpers.ts";

export type Language = "query" | "sql";

/** Text from a template; throws `TEMPLATE_INVALID` where a helper refuses its value. */
export type Render = (variables: Readonly<Record<string, unknown>>) => string;

export const HELPERS: Readonly<Record<Language, Readonly<Record<string, Helper>>>> = {
  query: QUERY_HELPERS,
  sql: SQL_HELPERS,
};

/** Compiles a template: strict about unknown names, without HTML escaping, with no helper but those of its language. */
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
      const rendered = template(variables);
      return language === "query" ? rendered.trim().replaceAll(/\s*\n\s*/g, " ") : rendered.trim();
    } catch (cause) {
      const isOurs = cause instanceof HelperError || cause instanceof Handlebars.Exception;
      if (!isOurs) throw cause;
      throw new RunnerError("TEMPLATE_INVALID", `${file}: ${cause.message}`, {
        hint: "mend the template",
        cause,
      });
    }
  };
}
