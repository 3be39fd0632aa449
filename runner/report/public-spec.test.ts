import { readdirSync, readFileSync } from "node:fs";
import { expect, it } from "vitest";
import { stringify } from "yaml";
import { compileSchema } from "../spec/check-shape.ts";
import { checkSpec } from "../spec/check-spec.ts";
import type { EntitySpec } from "../spec/types.ts";
import { toPublicSpec } from "./public-spec.ts";

const schema = JSON.parse(readFileSync("runner/spec/entity.schema.json", "utf8"));
const validate = compileSchema(schema);

function read(file: string, text: string): EntitySpec {
  const { spec, problems } = checkSpec(file, text, validate);
  if (spec === undefined) throw new Error(JSON.stringify(problems));
  return spec;
}

it("has exactly the published keys, in snake_case, whether they are set or not", () => {
  expect(toPublicSpec(read("bills.yml", "version: 1\nentity: Bill\n"))).toEqual({
    name: "bills",
    file: "bills.yml",
    entity: "Bill",
    table: "raw.qb_bills",
    cursor: "MetaData.LastUpdatedTime",
    query: "select * from Bill",
    also: [],
    key: ["Id"],
    answer_key: "Bill",
    paging: true,
    sortable: true,
    wrapped: false,
    volatile: [],
    window: "day",
    page_size: 1000,
    begin: null,
    lookback: 1,
    freshness: null,
    tags: [],
    templates: {},
    owner: null,
    description: "",
  });
});

it("has every key of the spec format but its version", () => {
  const { version: _, ...described } = schema.properties;
  const { name: __, file: ___, ...keys } = toPublicSpec(read("bills.yml", "version: 1\nentity: Bill\n"));
  expect(Object.keys(keys).toSorted()).toEqual(Object.keys(described).toSorted());
});

const EVERYTHING = `version: 1
entity: TaxCode
cursor: null
query: select * from TaxCode where Active in (true, false)
also: [select * from TaxCode]
begin: 2020-01-01
freshness: { warn_after: { count: 1, period: day } }
templates: { page: own.qbo.hbs }
owner: finance@example.com
`;

it.each([
  ...readdirSync("entities").map((file) => [file, readFileSync(`entities/${file}`, "utf8")]),
  ["everything.yml", EVERYTHING],
])("is itself a spec that means the same: %s", (file, text) => {
  const spec = read(file, text);
  const { name: _, file: __, cursor, ...keys } = toPublicSpec(spec);
  const set = Object.entries(keys).filter(([, value]) => value !== null);
  const written = { version: 1, cursor, ...Object.fromEntries(set) };
  expect(read(file, stringify(written))).toEqual(spec);
});
