import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { canonical } from "../support/canonical.ts";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

/** Difficult payloads: JSON texts of one field, and the text that jsonb must return if it differs. */
const HARD: readonly (readonly [what: string, text: string, stored?: string])[] = [
  ["trailing zeros", "639.00"],
  ["a whole number of 19 digits", "5000000000000085682"],
  ["a whole number of 40 digits", "1234567890123456789012345678901234567890"],
  ["a long decimal", "0.12345678901234567890123456789012345678901234567890"],
  ["a negative amount", "-1234567.80"],
  ["zero with decimals", "0.00"],
  ["negative zero", "-0.00", "0.00"],
  ["an exponent", "1.5e3", "1500"],
  ["a small exponent", "1E-7", "0.0000001"],
  ["an empty object", "{}"],
  ["an empty array", "[]"],
  ["null", "null"],
  ["an empty text", '""'],
  ["quotes and backslashes", String.raw`"a \"b\" \\ c \/ d"`],
  ["control characters", String.raw`"tab\tnew\nline\u0001\u001f\u007f"`],
  ["accents and apostrophes", `"Ñandú d'Or — «señor» ß ﬁ"`],
  ["CJK, Arabic, Hebrew, Devanagari", `"漢字 عربى עברית देवनागरी"`],
  [
    "every plane of Unicode",
    JSON.stringify(
      Array.from({ length: 17 }, (_, plane) => String.fromCodePoint(plane * 0x10000 + 0x1234)).join(""),
    ),
  ],
  ["emoji with joiners", `"👩‍👩‍👧‍👦 🏳️‍🌈"`],
  ["escaped pairs", String.raw`"\ud83d\ude00"`],
  ["text that looks like an escape", String.raw`"\\u0000 \\ud83d"`],
  ["deep nesting", `${"[".repeat(500)}1.10${"]".repeat(500)}`],
  ["a long text", JSON.stringify("x".repeat(200_000))],
  ["markup", `"<b>&amp;</b> {{template}} \${shell} '); drop table x; --"`],
  ["keys of any kind", `{"":1.0,"a.b":2.00,"ключ":3,"__proto__":4,"constructor":5}`],
  ["a key given twice", '{"a":1.0,"a":2.00}', '{"a":2.00}'],
  ["U+0000", String.raw`"a\u0000b"`, String.raw`"a\\u0000b"`],
  ["half a pair", String.raw`"x\ud83dy"`, String.raw`"x\\ud83dy"`],
];

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;
let ran: Awaited<ReturnType<typeof qbo>>;

const recordOf = (index: number, text: string): string => {
  const time = `2026-03-01T10:00:${String(index).padStart(2, "0")}-08:00`;
  return `{"DisplayName":"H${index}","Hard":${text},"Active":true,"Id":"h${index}","SyncToken":"0","MetaData":{"CreateTime":"${time}","LastUpdatedTime":"${time}"}}`;
};

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
  const records = HARD.map(([, text], index) => recordOf(index, text));
  await fetch(`${simulator.controlUrl}/records/Customer`, { method: "POST", body: `[${records.join(",")}]` });
  const env = { ...settingsOf(simulator), ...database.env };
  ran = await qbo(["run", "customers", "--from", "2026-03-01", "--to", "2026-03-02", "--page-size", "10"], {
    cwd: folder.path,
    env,
  });
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

describe("payloads", () => {
  it("are all loaded", async () => {
    expect(ran.exitCode).toBe(0);
    expect(await database.rows("select count(*)::integer as rows from raw.qb_customers")).toEqual([
      { rows: HARD.length },
    ]);
  });

  it.each(HARD.map(([what, text, stored], index) => [what, text, stored ?? text, index] as const))(
    "keep %s",
    async (_, __, stored, index) => {
      const [row] = await database.rows<{ hard: string }>(
        "select (payload -> 'Hard')::text as hard from raw.qb_customers where id = $1",
        [`h${index}`],
      );
      expect(canonical(row?.hard ?? "")).toBe(canonical(stored));
    },
  );

  it("are reported if they contain characters that jsonb refuses", () => {
    for (const what of ["U+0000", "half a pair"]) {
      const index = HARD.findIndex(([name]) => name === what);
      expect(ran.stderr).toContain(`Customer h${index} holds characters that PostgreSQL cannot store`);
    }
    expect(ran.stderr).toContain("2 records with characters that PostgreSQL cannot store, kept as text");
  });
});
