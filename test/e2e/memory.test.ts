import { readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, it } from "vitest";
import { createFolder, qbo, ROOT } from "../support/cli.ts";
import { createDatabase } from "../support/database.ts";
import { settingsOf, startSimulator } from "../support/quickbooks.ts";

/** Peak memory, in megabytes, of a run over the given number of records. */
async function peakOf(rows: number): Promise<number> {
  const [database, simulator] = await Promise.all([
    createDatabase(),
    startSimulator({ rows: { Customer: rows } }),
  ]);
  const folder = createFolder();
  try {
    const peakFile = join(folder.path, "peak");
    const measured = {
      NODE_OPTIONS: `--import=${join(ROOT, "test", "support", "print-peak.ts")}`,
      QBO_PEAK_FILE: peakFile,
    };
    const env = { ...settingsOf(simulator), ...database.env, ...measured };
    const ran = await qbo(["run", "customers", "--from", "2023-01-01", "--to", "2026-01-02"], {
      cwd: folder.path,
      env,
    });
    expect(ran).toMatchObject({ exitCode: 0 });
    expect(await database.rows("select count(*)::integer as count from raw.qb_customers")).toEqual([
      { count: rows },
    ]);
    return Number(readFileSync(peakFile, "utf8")) / 1024;
  } finally {
    folder.remove();
    await Promise.all([database.drop(), simulator.close()]);
  }
}

it("needs the same memory for 100,000 records as for 10,000", async () => {
  const small = await peakOf(10_000);
  const large = await peakOf(100_000);
  console.log(`peak memory: ${small.toFixed(0)} MB for 10,000 records, ${large.toFixed(0)} MB for 100,000`);
  expect(large).toBeLessThan(small * 1.35 + 20);
});
