import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createFolder, type Folder } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { createVirtualClock, qboInProcess } from "../support/in-process.ts";
import { settingsOf, startSimulator } from "../support/quickbooks.ts";

let folder: Folder;
let database: TestDatabase;
beforeAll(async () => {
  folder = createFolder();
  database = await createDatabase();
});
afterAll(async () => {
  folder.remove();
  await database.drop();
});

/** QBO_SEEDS=100 runs more of them. */
const SEEDS = Number(process.env["QBO_SEEDS"] ?? 20);
const RANGE = ["--from", "2025-01-01", "--to", "2025-02-01"];
const [FROM, TO] = [Date.UTC(2025, 0, 1), Date.UTC(2025, 1, 1)];
/** As many as one bulk import can put into one second. */
const IMPORTED = 2567;
const OTHERS = 700;

/** Numbers in [0, 1) that depend only on the seed. */
function randomOf(seed: number): () => number {
  let state = seed * 2_654_435_761 + 1;
  return () => {
    state = Math.imul(state ^ (state >>> 15), 0x2c1b3c6d);
    state = Math.imul(state ^ (state >>> 12), 0x297a2d39);
    state ^= state >>> 15;
    return (state >>> 0) / 2 ** 32;
  };
}

const customer = (id: number, at: number): string => {
  const time = new Date(at).toISOString().replace(".000Z", "+00:00");
  return `{"DisplayName":"C${id}","Balance":${id}.00,"Active":true,"Id":"${id}","SyncToken":"0","MetaData":{"CreateTime":"${time}","LastUpdatedTime":"${time}"}}`;
};

describe("while five records are edited with every answer", () => {
  it.each([100, 137, 1000])(
    "runs with page size %i end proven, and nothing is lost",
    async (pageSize) => {
      for (let seed = 1; seed <= SEEDS; seed++) {
        const random = randomOf(seed * 7919 + pageSize);
        const imported = FROM + Math.floor(random() * 30 * 86_400) * 1000;
        const records = Array.from({ length: IMPORTED + OTHERS }, (_, index) =>
          customer(index + 1, index < IMPORTED ? imported : FROM + Math.floor(random() * 31 * 86_400) * 1000),
        );
        const simulator = await startSimulator({ rows: { Customer: 0 } });
        simulator.control.runText(`{"action":"insert","entity":"Customer","records":[${records.join(",")}]}`);
        simulator.control.onQueryAnswered(({ entity }) => {
          if (entity?.toLowerCase() !== "customer") return;
          for (let edits = 0; edits < 5; edits++) {
            const id = String(1 + Math.floor(random() * records.length));
            simulator.control.run({ action: "touch", entity: "Customer", id });
          }
        });
        const ran = await qboInProcess(["run", "customers", ...RANGE, "--page-size", String(pageSize)], {
          cwd: folder.path,
          env: { ...settingsOf(simulator), ...database.env },
          clock: createVirtualClock(),
        });
        simulator.control.onQueryAnswered(undefined);
        expect(`seed ${seed}: exit ${ran.exitCode}${ran.exitCode === 0 ? "" : ran.stderr}`).toBe(
          `seed ${seed}: exit 0`,
        );
        const answer = await fetch(`${simulator.controlUrl}/records/Customer`);
        const source: { Id: string; MetaData: { LastUpdatedTime: string } }[] = JSON.parse(
          await answer.text(),
        ).records;
        const held = new Map(
          (
            await database.rows<{ id: string; at: string }>(
              "select id, payload #>> '{MetaData,LastUpdatedTime}' as at from raw.qb_customers",
            )
          ).map(({ id, at }) => [id, Date.parse(at)]),
        );
        const lost = source.filter(({ Id, MetaData }) => {
          const at = Date.parse(MetaData.LastUpdatedTime);
          return at >= FROM && at < TO && held.get(Id) !== at;
        });
        expect(`seed ${seed}: ${lost.length} lost`).toBe(`seed ${seed}: 0 lost`);
        const unproven = await database.rows(
          "select 1 from qbo.windows where status <> 'sealed' or source_count is null",
        );
        expect(`seed ${seed}: ${unproven.length} unproven`).toBe(`seed ${seed}: 0 unproven`);
        await simulator.close();
        await database.rows("drop schema raw cascade");
        await database.rows("drop schema qbo cascade");
      }
    },
    300_000,
  );
});
