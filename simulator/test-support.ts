import { Buffer } from "node:buffer";
import type { Answer } from "./answer.ts";
import { fillCompany } from "./company/fill-company.ts";
import { handleRequest } from "./handle-request.ts";
import { isJsonObject, type JsonObject, parseJson } from "./json-text/json-value.ts";
import type { SimulatorOptions } from "./options.ts";
import { findEntity } from "./query/entities.ts";
import { createWorld, type World } from "./world.ts";

/** A world without a socket, and calls into it, for unit tests. */
export interface TestWorld {
  readonly world: World;
  call(method: string, path: string, body?: string, headers?: Record<string, string>): Promise<Answer>;
  refresh(token: string): Promise<Answer>;
  query(statement: string): Promise<Answer>;
  /** The parsed QueryResponse of a statement. Throws on any status except 200. */
  rows(statement: string): Promise<JsonObject>;
  control(method: string, path: string, body?: string): Promise<JsonObject>;
}

/** Creates a test world: seeded, or empty if `seeded` is false. */
export function createTestWorld(options: SimulatorOptions = {}, seeded = false): TestWorld {
  const world = createWorld(options);
  world.origin = "http://simulator.test";
  if (seeded) fillCompany(world.company, options);
  const { realmId, refreshToken } = world.credentials;
  let access = world.grants.refresh(refreshToken)?.accessToken ?? "";
  const call: TestWorld["call"] = (method, path, body = "", headers = {}) => {
    const url = new URL(path.replaceAll("{realm}", realmId), world.origin);
    const all = { accept: "application/json", authorization: `Bearer ${access}`, ...headers };
    return handleRequest(world, { method, url, headers: all, body });
  };
  const query = (statement: string) =>
    call("POST", "/v3/company/{realm}/query?minorversion=75", statement, {
      "content-type": "application/text",
    });
  return {
    world,
    call,
    query,
    refresh: async (token) => {
      const answer = await call(
        "POST",
        "/oauth2/v1/tokens/bearer",
        `grant_type=refresh_token&refresh_token=${token}`,
        {
          authorization: basic(world),
          "content-type": "application/x-www-form-urlencoded",
        },
      );
      const given = /"access_token":"([^"]+)"/.exec(answer.body)?.[1];
      if (given !== undefined) access = given;
      return answer;
    },
    rows: async (statement) => {
      const answer = await query(statement);
      const response = parseObject(answer.body)["QueryResponse"];
      if (answer.status !== 200 || !isJsonObject(response)) throw new Error(answer.body);
      return response;
    },
    control: async (method, path, body = "") => {
      const answer = await call(method, `/simulator/${path}`, body);
      if (answer.status !== 200) throw new Error(answer.body);
      return parseObject(answer.body);
    },
  };
}

/** HTTP Basic with the client credentials of a world. */
export function basic({ credentials }: World): string {
  return `Basic ${Buffer.from(`${credentials.clientId}:${credentials.clientSecret}`).toString("base64")}`;
}

/** Adds records from raw texts. */
export function insert(test: TestWorld, entityName: string, ...texts: string[]): void {
  const entity = findEntity(entityName);
  if (!entity) throw new Error(`no entity ${entityName}`);
  test.world.company.insert(entity, texts);
}

/** The Ids of the rows of a QueryResponse. */
export function idsOf(response: JsonObject): string[] {
  const rows = Object.values(response).find(Array.isArray) ?? [];
  return rows.map((row) => (isJsonObject(row) ? String(row["Id"]) : ""));
}

/** Parses a JSON object. Throws on anything else. */
export function parseObject(text: string): JsonObject {
  const value = parseJson(text);
  if (!isJsonObject(value)) throw new Error(`not an object: ${text}`);
  return value;
}

/** The raw text of a customer. */
export function customer(id: string, name: string, updated: string, more = ""): string {
  return `{"DisplayName":${JSON.stringify(name)},"FullyQualifiedName":${JSON.stringify(name)},"Active":true${more},"domain":"QBO","sparse":false,"Id":"${id}","SyncToken":"0","MetaData":{"CreateTime":"2025-06-02T08:00:00-07:00","LastUpdatedTime":"${updated}"}}`;
}

/** The raw text of an invoice. */
export function invoice(id: string, updated: string, more = ""): string {
  return `{"domain":"QBO","sparse":false,"Id":"${id}","SyncToken":"0","MetaData":{"CreateTime":"2025-06-02T08:00:00-07:00","LastUpdatedTime":"${updated}"},"TotalAmt":10.00${more}}`;
}
