import type { Schema } from "./schemas.ts";

/** The page on the spec format, from the JSON Schemas. */
export function formatSpecPage(spec: Schema, project: Schema): string {
  return `# Spec format

Generated from \`runner/spec/entity.schema.json\` by \`npm run generate\`.

${spec.description} A key that is not listed here is an error.

| key | type | default | meaning |
| --- | --- | --- | --- |
${rowsOf(spec).join("\n")}

The shortest spec, with everything else by default:

\`\`\`yaml
version: 1
entity: Customer
\`\`\`

Editors complete and explain keys by the line \`# yaml-language-server: $schema=…\` with the path of the schema; installed, it lies in
\`node_modules/qbo/dist/runner/spec/entity.schema.json\`.

The runner adds window, order and paging to the query, and refuses a query that has them already, that reads another entity, or that
selects single columns.

## Expressions

Texts of a spec may hold \`{{ var('name') }}\`, a value under \`vars\` in \`qbo.yml\`, and \`{{ env_var('NAME') }}\`, a variable of the environment or of
\`.env\`; both take a default as their second argument. A text that is nothing but one expression becomes its value, a number for example. YAML wants
quotes around it: \`page_size: "{{ var('rows', 500) }}"\`. The settings that are secrets cannot be named.

## Shared by the specs of a project: \`qbo.yml\`

${project.description}

| key | type | default | meaning |
| --- | --- | --- | --- |
${rowsOf(project).join("\n")}

\`\`\`yaml
version: 1
defaults:
  schema: raw
  begin: 2020-01-01
  tags: [quickbooks]
vars:
  rows: 500
\`\`\`

## Templates of a spec's own

\`templates: {table: partitioned.sql.hbs}\` takes that file, beside the spec or in the project's \`templates/\`, instead of \`templates/table.sql.hbs\`. The table needs
the columns of every RAW table and a unique index on \`id\` alone, so a partitioned one is divided by \`id\`; more columns are fine if they are generated, have a default or
may be null. What PostgreSQL refuses is shown with line, column and a caret in the SQL that the template makes; \`qbo compile\` shows all of it.
`;
}

/** A row a key; keys within a key follow it, with dots. */
function rowsOf({ properties = {}, required = [] }: Schema, prefix = ""): string[] {
  return Object.entries(properties).flatMap(([key, property]) => {
    const name = `${prefix}${key}`;
    const description = (property.description ?? "").replaceAll("|", "\\|");
    const fallback = property.default === undefined ? "" : `\`${JSON.stringify(property.default)}\``;
    const cells = [
      `\`${name}\``,
      typeOf(property),
      required.includes(key) ? "required" : fallback,
      description,
    ];
    return [`| ${cells.join(" | ")} |`, ...rowsOf(property, `${name}.`)];
  });
}

function typeOf({ enum: choices, type, minimum, maximum, items }: Schema): string {
  if (choices !== undefined) return choices.map((choice) => `\`${String(choice)}\``).join(", ");
  if (items !== undefined) return `list of ${items.type}`;
  const range = maximum === undefined ? "" : ` ${minimum} to ${maximum}`;
  return `${[type].flat().join(" or ")}${range}`;
}
