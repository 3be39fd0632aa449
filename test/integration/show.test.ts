import { afterAll, beforeAll, expect, it } from "vitest";
import { createFolder, type Folder, qbo } from "../support/cli.ts";
import { createDatabase, type TestDatabase } from "../support/database.ts";
import { queriesOf, type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;
const show = (...args: string[]) =>
  qbo(["show", ...args], { cwd: folder.path, env: { ...settingsOf(simulator), ...database.env } });

beforeAll(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
});
afterAll(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

it("shows a few records with unchanged numbers, in one call", async () => {
  const { stdout, exitCode } = await show("customers", "--limit", "3");
  expect(exitCode).toBe(0);
  const [head = "", ...rows] = stdout.trim().split("\n");
  expect(head).toMatch(/^id +FullyQualifiedName +DisplayName/);
  expect(rows).toHaveLength(3);
  const { stdout: bills } = await show("bills");
  expect(bills).toMatch(/ \d+\.\d0( |$)/m);
  expect(queriesOf(simulator)).toEqual([
    "select * from Customer where Active in (true, false) startposition 1 maxresults 3",
    "select * from Bill startposition 1 maxresults 5",
  ]);
});

it("prints the answer itself as JSON", async () => {
  const { stdout } = await show("bills", "--limit", "2", "--output", "json");
  const shown = JSON.parse(stdout);
  expect(shown).toMatchObject({ version: 1, spec: "bills" });
  expect(shown.answer.QueryResponse.Bill).toHaveLength(2);
  expect(stdout).toMatch(/"TotalAmt":\d+\.\d0[,}]/);
});

it.each(["recurring_transactions", "exchange_rates", "preferences", "credit_card_payments"])(
  "also shows unusual entities: %s",
  async (name) => {
    const { stdout, exitCode } = await show(name);
    expect(exitCode).toBe(0);
    expect(stdout.trim().split("\n").length).toBeGreaterThan(1);
  },
);

it.each([
  [["tag:tax"], '"tag:tax" matches 4 specs'],
  [["bills", "--limit", "0"], '--limit "0" is not a whole number'],
  [["bills", "--limit", "1001"], "more than QuickBooks returns in one answer"],
  [["bills", "--output", "xml"], '--output does not accept "xml"'],
])("refuses %j", async (args, words) => {
  const { exitCode, stderr } = await show(...args);
  expect(stderr).toContain(words);
  expect(exitCode).toBe(2);
});
