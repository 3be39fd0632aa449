import type { Schema } from "./schemas.ts";

/** `runner/spec/spec-keys.ts`: what the code knows of the keys of a spec, from the JSON Schemas. */
export function formatSpecKeys(spec: Schema, project: Schema): string {
  const shared = project.properties?.["defaults"] ?? {};
  const { version: _, ...keys } = spec.properties ?? {};
  return `// Made from entity.schema.json and project.schema.json by \`npm run generate\`: change those.

/** A spec as its author wrote it, once its shape is proven. Nothing after \`resolve-spec\` sees it. */
export interface WrittenSpec ${typeOf(spec)}

/** What holds for specs that do not say otherwise. */
export interface ProjectDefaults ${typeOf(shared)}

/** \`qbo.yml\` as its author wrote it, once its shape is proven. */
export interface WrittenProject ${typeOf(project).replace(typeOf(shared, "  "), "ProjectDefaults")}

/** What holds where neither a spec nor its project says otherwise. */
export const DEFAULTS = ${defaultsOf(spec)} as const;

/** The same for what only a project can say. */
export const PROJECT_DEFAULTS = ${defaultsOf(shared, (key) => !(key in keys))} as const;

/** How a key is written, for the hints of problems. */
export const EXAMPLES: Readonly<Record<string, string>> = {
${Object.entries(spec.properties ?? {})
  .flatMap(([key, { examples = [] }]) =>
    examples.slice(0, 1).map((value) => `  ${key}: ${JSON.stringify(`${key}: ${inYaml(value)}`)},\n`),
  )
  .join("")}};

/** The keys of a spec under the names that the code uses; undefined where nothing is said and there is no default. */
export interface SpecKeys {
${Object.entries(keys)
  .map(
    ([key, schema]) =>
      `${comment(schema)}  readonly ${camelCase(key)}: ${resolvedType(key, schema, spec)};\n`,
  )
  .join("")}}

/** What the spec says, else what its project says, else the default. */
export function fillIn(written: WrittenSpec, shared: ProjectDefaults): SpecKeys {
  const all = { ...DEFAULTS, ...shared, ...written };
  return {
${Object.keys(keys)
  .map((key) => `    ${camelCase(key)}: all.${key},\n`)
  .join("")}  };
}
`;
}

/** A schema as a type of TypeScript. */
function typeOf(schema: Schema, indent = ""): string {
  if (schema.const !== undefined) return JSON.stringify(schema.const);
  if (schema.enum !== undefined) return schema.enum.map((choice) => JSON.stringify(choice)).join(" | ");
  if (schema.type === "array") return `readonly ${typeOf(schema.items ?? {}, indent)}[]`;
  if (schema.type !== "object") return [schema.type].flat().map(plainType).join(" | ");
  if (schema.properties === undefined) return "Readonly<Record<string, unknown>>";
  const fields = Object.entries(schema.properties).map(([key, value]) => {
    const mark = schema.required?.includes(key) ? "" : "?";
    return `${comment(value, indent)}${indent}  readonly ${key}${mark}: ${typeOf(value, `${indent}  `)};\n`;
  });
  return `{\n${fields.join("")}${indent}}`;
}

function plainType(type: string | undefined): string {
  return type === "integer" ? "number" : (type ?? "unknown");
}

function resolvedType(key: string, schema: Schema, { required = [] }: Schema): string {
  const isSet = schema.default !== undefined || required.includes(key);
  return `${typeOf(schema, "  ")}${isSet ? "" : " | undefined"}`;
}

const comment = ({ description = "" }: Schema, indent = ""): string => `${indent}  /** ${description} */\n`;

function defaultsOf({ properties = {} }: Schema, isWanted: (key: string) => boolean = () => true): string {
  const lines = Object.entries(properties)
    .filter(([key, schema]) => schema.default !== undefined && isWanted(key))
    .map(([key, schema]) => `  ${key}: ${JSON.stringify(schema.default)},\n`);
  return `{\n${lines.join("")}}`;
}

/** `page_size` is `pageSize` in code. */
const camelCase = (key: string): string =>
  key.replaceAll(/_(.)/g, (_, letter: string) => letter.toUpperCase());

/** A value as a person writes it on one line of YAML. */
function inYaml(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(inYaml).join(", ")}]`;
  if (typeof value !== "object" || value === null) return String(value);
  const members = Object.entries(value).map(([key, member]) => `${key}: ${inYaml(member)}`);
  return `{ ${members.join(", ")} }`;
}
