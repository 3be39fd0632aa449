import { readFileSync } from "node:fs";

/** As much of JSON Schema as the schemas of this project use. */
export interface Schema {
  readonly $ref?: string;
  readonly description?: string;
  readonly type?: string | readonly string[];
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly items?: Schema;
  readonly required?: readonly string[];
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly default?: unknown;
  readonly examples?: readonly unknown[];
}

/** The published schemas of a spec and of `qbo.yml`; where the second one refers to the first, what it refers to is put in. */
export function readSchemas(): { readonly spec: Schema; readonly project: Schema } {
  const spec = readSchema("entity");
  return { spec, project: withoutReferences(readSchema("project"), spec) };
}

const readSchema = (name: string): Schema =>
  JSON.parse(readFileSync(new URL(`../runner/spec/${name}.schema.json`, import.meta.url), "utf8"));

const REFERENCE = /^entity\.schema\.json#\/properties\/(\w+)$/;

function withoutReferences(schema: Schema, spec: Schema): Schema {
  const { $ref, ...own } = schema;
  const name = REFERENCE.exec($ref ?? "")?.[1] ?? "";
  const properties = Object.entries(own.properties ?? {}).map(([key, value]): [string, Schema] => [
    key,
    withoutReferences(value, spec),
  ]);
  return {
    ...spec.properties?.[name],
    ...own,
    ...(own.properties === undefined ? {} : { properties: Object.fromEntries(properties) }),
  };
}
