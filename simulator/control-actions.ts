import { deactivateRecord, deleteRecord, editRecord, voidRecord, withTimes } from "./company/changes.ts";
import { type JsonObject, parseJsonObject, stringMember } from "./json-text/json-value.ts";
import { compactJson, rawElements, rawMember, rawMembers } from "./json-text/scan.ts";
import { parseInstant } from "./pacific-time.ts";
import { type EntityInfo, findEntity } from "./query/entities.ts";
import { readFaultRule } from "./read-fault-rule.ts";
import type { World } from "./world.ts";

/** An invalid control request. Its message is for the author of the test. */
export class ControlError extends Error {
  readonly status: number;

  constructor(message: string, status = 400) {
    super(message);
    this.name = "ControlError";
    this.status = status;
  }
}

/**
 * Runs one action, given as raw JSON text so that the numbers in records and members stay as written:
 * `{"action":"edit","entity":"Customer","id":"7","set":{"Notes":"x"}}`. Returns the number of changed records.
 */
export function runAction(world: World, text: string): number {
  const action = parseJsonObject(text);
  const name = stringMember(action, "action") ?? "";
  const now = world.clock.now();
  if (name === "advance") return done(() => world.clock.advance(Number(action["ms"] ?? 0)));
  if (name === "expire-tokens") return done(() => world.grants.expireAccessTokens());
  if (name === "revoke-tokens") return done(() => world.grants.revokeAll());
  if (name === "fault") return done(() => world.faults.add(readFaultRule(action["rule"])));
  const entity = readEntity(action);
  if (name === "insert") return insertRecords(world, entity, rawMember(text, "records") ?? "[]");
  const key = stringMember(action, "id") ?? "";
  const change = { entity, key, at: readInstant(action, now) };
  if (!world.company.store(entity).get(key))
    throw new ControlError(`There is no ${entity.name} ${key}.`, 404);
  if (name === "edit" || name === "touch") {
    const set = rawMembers(compactJson(rawMember(text, "set") ?? "{}"));
    const bumps = name === "edit" && action["syncToken"] !== false;
    return done(() => editRecord(world.company, change, set, bumps));
  }
  if (name === "delete") return done(() => deleteRecord(world.company, change));
  if (name === "deactivate") return done(() => deactivateRecord(world.company, change));
  if (name === "void") return done(() => voidRecord(world.company, change));
  if (name === "poison") return done(() => world.company.poison.add(`${entity.name}/${key}`));
  throw new ControlError(`There is no action ${name}.`);
}

/** Stores raw records, as an array or one object. Records without MetaData get the simulated current time. */
export function insertRecords(world: World, entity: EntityInfo, text: string): number {
  const trimmed = text.trim();
  const raws = trimmed.startsWith("[") ? rawElements(trimmed) : [trimmed];
  const isTimed = entity.name === "RecurringTransaction";
  const now = world.clock.now();
  world.company.insert(entity, isTimed ? raws : raws.map((raw) => withTimes(raw, now)));
  return raws.length;
}

/** The entity that an action names. */
export function readEntity(action: JsonObject): EntityInfo {
  const name = stringMember(action, "entity") ?? "";
  const entity = findEntity(name);
  if (!entity) throw new ControlError(`There is no entity ${name}.`, 404);
  return entity;
}

function readInstant(action: JsonObject, now: number): number {
  const at = stringMember(action, "at");
  if (at === undefined) return now;
  const instant = parseInstant(at);
  if (instant === undefined) throw new ControlError(`"at" is not a time: ${at}.`);
  return instant;
}

function done(run: () => unknown): number {
  run();
  return 1;
}

/** The raw texts of the actions in `do`. */
export function rawActions(text: string): string[] {
  const { do: list } = parseJsonObject(text);
  if (!Array.isArray(list)) throw new ControlError('"do" must be a list of actions.');
  if (!list.every((action) => stringMember(action, "action") !== undefined)) {
    throw new ControlError('Every element of "do" needs an "action".');
  }
  return rawElements(rawMember(text, "do") ?? "[]");
}
