import type { ValidateFunction } from "ajv";
import { checkShape } from "./check-shape.ts";
import { readDocument } from "./read-document.ts";
import type { Variables } from "./render-variables.ts";
import type { Problem, ProjectDefaults, WrittenProject } from "./types.ts";

/** The settings that all specs of a project share. */
export interface ProjectSettings {
  readonly defaults: ProjectDefaults;
  readonly variables: Variables;
}

export const NO_PROJECT: ProjectSettings = { defaults: {}, variables: { vars: {}, env: {} } };

/** Checks `qbo.yml`. A setting that is wrong is ignored, as if it were not in the file. */
export function checkProjectFile(
  file: string,
  text: string,
  validate: ValidateFunction<WrittenProject>,
  env: Variables["env"],
): { readonly settings: ProjectSettings; readonly problems: readonly Problem[] } {
  const doc = readDocument(file, text, { vars: {}, env });
  if (doc.problems.length > 0) return { settings: NO_PROJECT, problems: doc.problems };
  const shape = checkShape(doc, validate);
  const { defaults = {}, vars = {} }: Partial<WrittenProject> = shape.written ?? shape.sound ?? {};
  return { settings: { defaults, variables: { vars, env } }, problems: shape.problems };
}
