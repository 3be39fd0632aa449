import { describe, expect, it } from "vitest";
import { ENTITIES } from "../query/entities.ts";
import { generateRows } from "./generate-rows.ts";
import { readRecord } from "./record.ts";
import { Company } from "./store.ts";

const SPAN = { from: Date.parse("2023-01-01T00:00:00Z"), to: Date.parse("2026-01-01T00:00:00Z") };

describe.each(ENTITIES.map((entity) => [entity.name, entity] as const))(
  "generated %s records",
  (_name, entity) => {
    const rows = generateRows(entity, 1500, SPAN);

    it("have the requested number, lie within their span and are in order", () => {
      const company = new Company();
      company.store(entity).putAll(rows);
      expect(company.store(entity).size).toBe(1500);
      const times = rows.map(({ updated }) => updated);
      expect(times[0]).toBe(SPAN.from);
      expect(times.at(-1)).toBeLessThan(SPAN.to);
      expect(times).toEqual(times.toSorted((a, b) => a - b));
    });

    it("can be read back from their text", () => {
      const row = rows[1234];
      const read = readRecord(entity, row?.raw ?? "");
      expect([read.updated, read.active, read.raw, read.fields]).toEqual([
        row?.updated,
        true,
        row?.raw,
        row?.fields,
      ]);
      if (entity.name !== "ExchangeRate") expect(read.id).toBe(row?.id);
      expect(read.key).toBe(row?.key);
    });
  },
);
