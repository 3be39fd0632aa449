import { chmodSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { join } from "node:path";
import { execa } from "execa";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { createFolder, type Folder, qbo, ROOT } from "../support/cli.ts";
import { asAdmin, createDatabase, type TestDatabase } from "../support/database.ts";
import { startProxy } from "../support/proxy.ts";
import { type Simulator, settingsOf, startSimulator } from "../support/quickbooks.ts";

let database: TestDatabase;
let simulator: Simulator;
let folder: Folder;

beforeEach(async () => {
  [database, simulator] = await Promise.all([createDatabase(), startSimulator()]);
  folder = createFolder();
});
afterEach(async () => {
  folder.remove();
  await Promise.all([database.drop(), simulator.close()]);
});

const env = () => ({ ...settingsOf(simulator), ...database.env });
const run = (args: readonly string[], more: Record<string, string> = {}) =>
  qbo(["run", ...args], { cwd: folder.path, env: { ...env(), ...more } });
const JANUARY = ["--from", "2026-01-01", "--to", "2026-01-31"];
const customers = ["customers", ...JANUARY];
const tokenRequests = () => simulator.requests.filter(({ route }) => route === "token").length;
const addCustomer = (fields: string, at = "2026-03-01T10:00:00-08:00") =>
  fetch(`${simulator.controlUrl}/records/Customer`, {
    method: "POST",
    body: `{${fields},"Active":true,"SyncToken":"0","MetaData":{"CreateTime":"${at}","LastUpdatedTime":"${at}"}}`,
  });

describe("a token that rotates", () => {
  beforeEach(() => simulator.control.setRotation("always", 0));

  it("is not asked for where it could not be stored", async () => {
    const role = `r_${database.name}`;
    await asAdmin(`create role ${role} login password 'pw'`);
    try {
      const refused = await run(customers, { POSTGRES_USER: role, POSTGRES_PASSWORD: "pw" });
      expect(refused.exitCode).toBe(1);
      expect(refused.stderr).toContain("permission denied");
      expect(tokenRequests()).toBe(0);
      await database.rows("create schema qbo; create schema raw");
      await database.rows(`alter schema qbo owner to ${role}; alter schema raw owner to ${role}`);
      // A role that owns its two schemas needs no right on the database.
      expect(await run(customers, { POSTGRES_USER: role, POSTGRES_PASSWORD: "pw" })).toMatchObject({
        exitCode: 0,
      });
    } finally {
      await database.rows(`drop owned by ${role} cascade`);
      await asAdmin(`drop role ${role}`);
    }
  });

  it("is not asked for where the vault can be read, but not written", async () => {
    expect((await run(customers)).exitCode).toBe(0);
    simulator.control.expireAccessTokens();
    const asked = tokenRequests();
    await database.rows(`create function qbo.refuse() returns trigger language plpgsql as
      $$ begin raise exception 'the vault is closed'; end $$`);
    await database.rows(
      "create trigger closed before insert or update on qbo.vault for each row execute function qbo.refuse()",
    );
    const refused = await run(customers);
    expect(refused.exitCode).toBe(1);
    expect(refused.stderr).toContain("the vault is closed");
    expect(tokenRequests()).toBe(asked);
    await database.rows("drop trigger closed on qbo.vault");
    expect((await run(customers)).exitCode).toBe(0);
  });

  it("survives a mistyped realm", async () => {
    expect((await run(customers, { QBO_REALM_ID: "123" })).stderr).toContain("error[QBO_FORBIDDEN]");
    expect(
      await database.rows(
        "select to_regclass('qbo.runs') is null or not exists (select 1 from qbo.runs) as clean",
      ),
    ).toEqual([{ clean: true }]);
    expect(await run(customers)).toMatchObject({ exitCode: 0 });
  });

  it("survives a mistyped client secret", async () => {
    expect(await run(customers)).toMatchObject({ exitCode: 0 });
    const refused = await run(customers, { QBO_CLIENT_SECRET: "mistyped" });
    expect(refused.stderr).toContain("were encrypted with another client secret");
    simulator.control.expireAccessTokens();
    expect(await run(customers)).toMatchObject({ exitCode: 0 });
  });
});

describe("records that are hard to tell apart", () => {
  it.each([
    ["in one page", []],
    ["over pages", ["--page-size", "2"]],
  ])("fail the entity when their key is not unique, %s", async (_, options) => {
    writeFileSync(
      join(folder.path, "entities", "customers.yml"),
      "version: 1\nentity: Customer\nkey: [SyncToken]\n",
    );
    const { exitCode, stderr } = await run([...customers, ...options]);
    expect(exitCode).toBe(1);
    expect(stderr).toMatch(/error\[(KEY_NOT_UNIQUE|PROOF_FAILED)\]/);
  });

  it("may well say <Fault>", async () => {
    await addCustomer('"DisplayName":"F","Id":"9001","Notes":"see <Fault> and <Fault type=\\"x\\">"');
    expect(await run(["customers", "--from", "2026-03-01", "--to", "2026-03-02"])).toMatchObject({
      exitCode: 0,
    });
  });

  it("may share a second by fractions of it", async () => {
    for (let tenth = 0; tenth < 10; tenth++) {
      await addCustomer(
        `"DisplayName":"T${tenth}","Id":"90${tenth}0"`,
        `2026-03-01T10:00:00.${tenth}00-08:00`,
      );
    }
    for (const size of ["1", "3", "10"]) {
      await database.rows("drop schema if exists raw cascade");
      expect(
        await run(["customers", "--from", "2026-03-01", "--to", "2026-03-02", "--page-size", size]),
      ).toMatchObject({ exitCode: 0 });
      expect(await database.rows("select count(*)::integer as rows from raw.qb_customers")).toEqual([
        { rows: 10 },
      ]);
    }
  });
});

describe("surroundings that are out of the ordinary", () => {
  it("an empty password is refused with words, and the process ends", async () => {
    const { exitCode, stderr } = await run(customers, { POSTGRES_PASSWORD: "" });
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[POSTGRES_REFUSED]");
  });

  it("empty settings that have a default take it", async () => {
    expect(await run(customers, { POSTGRES_SSLMODE: "" })).toMatchObject({ exitCode: 0 });
  });

  it("another DateStyle changes nothing", async () => {
    await database.rows(`alter database ${database.name} set datestyle = 'German'`);
    expect(await run(customers)).toMatchObject({ exitCode: 0 });
    expect((await qbo(["status"], { cwd: folder.path, env: env() })).stdout).toContain(
      "2026-01-31T00:00:00Z",
    );
  });

  it("a signal while the token is fetched ends the run with its code, once the token is stored", async () => {
    simulator.control.addFault({ match: { route: "token" }, fault: "delay", delayMs: 3000 });
    const child = execa(process.execPath, [`${ROOT}/runner/bin.ts`, "run", ...customers], {
      cwd: folder.path,
      env: env(),
      reject: false,
    });
    await expect.poll(tokenRequests, { timeout: 20_000 }).toBe(1);
    child.kill("SIGTERM");
    const { exitCode, stderr } = await child;
    expect(exitCode).toBe(143);
    expect(stderr).toContain("cancelled");
    expect(stderr).toContain("waiting for the answer of the token endpoint");
  });

  it("neither a record nor a fault commands the terminal", async () => {
    const name = "\u001b[2J\u009b31m\u202eeliF\u2066\u2028\u007f";
    const visible = "\\u001b[2J\\u009b31m\\u202eeliF\\u2066";
    simulator.control.run({
      action: "insert",
      entity: "Customer",
      records: [
        {
          DisplayName: name,
          Active: true,
          Id: name,
          MetaData: { LastUpdatedTime: "2026-01-05T12:00:00-08:00" },
        },
      ],
    });
    const command = async (args: readonly string[], more: Record<string, string> = {}) => {
      const { stdout, stderr } = await qbo(args, { cwd: folder.path, env: { ...env(), ...more } });
      return stdout + stderr;
    };
    const all = ["customers", "--limit", "1000"];
    const said = [
      await command(["run", ...customers]),
      await command(["show", ...all]),
      await command(["show", ...all, "--output", "json"]),
      await command(["test", "customers"]),
    ];
    expect(said[1]).toContain(visible);
    // A carriage return between two values of JSON is a blank.
    const spaced = await startProxy(simulator.url, (text) =>
      text.replace('{"QueryResponse"', '{\r"QueryResponse"'),
    );
    const shown = await command(["show", ...all, "--output", "json"], { QBO_API_URL: spaced.url });
    await spaced.close();
    expect(JSON.parse(shown).answer.QueryResponse.Customer).toContainEqual(
      expect.objectContaining({ DisplayName: name }),
    );
    await database.rows("delete from raw.qb_customers");
    said.push(
      shown,
      await command(["test", "customers"]),
      await command(["test", "customers", "--format", "json"]),
    );
    const fault = { Error: [{ Message: name, Detail: name, code: "4001" }], type: "ValidationFault" };
    const refusing = await startProxy(simulator.url, () => JSON.stringify({ Fault: fault }));
    const refused = { QBO_API_URL: refusing.url };
    said.push(await command(["run", ...customers], refused));
    said.push(readFileSync(join(folder.path, "target", "run_results.json"), "utf8"));
    said.push(await command(["run", ...customers, "--log-format", "json"], refused));
    said.push(await command(["test", "customers"], refused), await command(["status"], refused));
    await refusing.close();
    for (const text of said.slice(7, 11)) expect(text).toContain(visible);
    for (const text of said) expect(text).not.toMatch(/[^\P{Cc}\n\t]|[\p{Bidi_Control}\u2028\u2029]/u);
  });

  it("talk that nobody reads does not stop the run", async () => {
    const line = `"${process.execPath}" "${ROOT}/runner/bin.ts" run ${customers.join(" ")} 2>&1 >/dev/null | head -1`;
    await execa("bash", ["-c", line], { cwd: folder.path, env: env() });
    await expect
      .poll(async () => (await database.rows("select status from qbo.runs").catch(() => []))[0]?.["status"], {
        timeout: 20_000,
      })
      .toBe("success");
  });

  it("an artifact that cannot be replaced is told before anything is asked", async () => {
    mkdirSync(join(folder.path, "target", "run_results.json"), { recursive: true });
    writeFileSync(join(folder.path, "target", "run_results.json", "x"), "");
    chmodSync(join(folder.path, "target"), 0o755);
    const { exitCode, stderr } = await run(customers);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("error[FILE_FAILED]");
    expect(simulator.requests).toEqual([]);
  });

  it("a table that is partitioned works", async () => {
    await database.rows(`create schema raw;
      create table raw.qb_customers (id text primary key, payload jsonb not null, ingested_at_utc timestamptz,
        extract_window_start_utc timestamptz, extract_window_end_utc timestamptz, page_number integer,
        page_size integer, request_payload jsonb) partition by hash (id);
      create table raw.p0 partition of raw.qb_customers for values with (modulus 2, remainder 0);
      create table raw.p1 partition of raw.qb_customers for values with (modulus 2, remainder 1)`);
    expect((await run(customers)).stderr).toContain("22 rows: 22 inserted");
    expect((await run(customers)).stderr).toContain("22 rows: 22 unchanged");
  });

  it.each([
    ["a view", "create view raw.qb_customers as select 1 as id", "exists but is not a table"],
    [
      "a generated column",
      "create table raw.qb_customers (id text primary key, payload jsonb not null, ingested_at_utc timestamptz, extract_window_start_utc timestamptz, extract_window_end_utc timestamptz, page_number integer, page_size integer generated always as (1) stored, request_payload jsonb)",
      "generates its own values",
    ],
    [
      "a deferrable key",
      "create table raw.qb_customers (id text primary key deferrable, payload jsonb not null, ingested_at_utc timestamptz, extract_window_start_utc timestamptz, extract_window_end_utc timestamptz, page_number integer, page_size integer, request_payload jsonb)",
      "no primary key or unique index on id",
    ],
  ])("%s is refused before anything is asked", async (_, ddl, words) => {
    await database.rows(`create schema raw; ${ddl}`);
    const { exitCode, stderr } = await run(customers);
    expect(exitCode).toBe(1);
    expect(stderr).toContain(words);
    expect(simulator.requests).toEqual([]);
  });

  it("a ledger of a newer version is left alone", async () => {
    await database.rows(
      "create schema qbo; create table qbo.migrations (version integer primary key, applied_at_utc timestamptz not null default now()); insert into qbo.migrations values (99)",
    );
    const { exitCode, stderr } = await run(customers);
    expect(exitCode).toBe(1);
    expect(stderr).toContain("the schema qbo has version 99, made by a newer qbo");
    expect(tokenRequests()).toBe(0);
  });
});

describe("a server that echoes what it was sent", () => {
  it("gets no secret into the output", async () => {
    const server = createServer((request, response) => {
      let body = "";
      request.on("data", (chunk) => {
        body += chunk;
      });
      request.on("end", () => {
        response.writeHead(400, { "Content-Type": "application/json" });
        response.end(
          JSON.stringify({
            error: new URLSearchParams(body).get("refresh_token"),
            echo: request.headers.authorization,
          }),
        );
      });
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    const address = server.address();
    const port = typeof address === "object" && address !== null ? address.port : 0;
    const token = "echo-me-if-you-can";
    const echoed = await run(customers, {
      QBO_TOKEN_URL: `http://127.0.0.1:${port}/token`,
      QBO_REFRESH_TOKEN: token,
    });
    server.close();
    expect(echoed.exitCode).toBe(1);
    expect(echoed.stderr).not.toContain(token);
  });

  it("keeps the client secret out of the words of a fault", async () => {
    const secret = simulator.credentials.clientSecret;
    const proxy = await startProxy(
      simulator.url,
      () =>
        `{"Fault":{"Error":[{"Message":"m","Detail":"your ${secret}","code":"4001"}],"type":"ValidationFault"}}`,
    );
    const { stderr } = await run(customers, { QBO_API_URL: proxy.url });
    await proxy.close();
    expect(stderr).toContain("error[QBO_QUERY_REFUSED]");
    expect(stderr).toContain("[secret]");
    expect(stderr).not.toContain(secret);
  });
});
