import { removeRawMembers, writeMembers } from "../json-text/edit.ts";
import type { JsonObject } from "../json-text/json-value.ts";
import { type RawMember, rawMembers } from "../json-text/scan.ts";
import { formatPacificSeconds } from "../pacific-time.ts";
import type { EntityInfo } from "../query/entities.ts";
import type { World } from "../world.ts";
import { applyPayment } from "./apply-payment.ts";
import { checkCreate } from "./check-create.ts";
import { derivedMembers } from "./derived-members.ts";
import { nextId } from "./next-id.ts";
import type { CompanyRecord } from "./record.ts";

/** Creates a record from the raw text of a create request, and fills in the members that the service decides. */
export function createObject(
  world: World,
  entity: EntityInfo,
  text: string,
  fields: JsonObject,
): CompanyRecord {
  const { company } = world;
  const now = world.clock.now();
  checkCreate(company, entity, fields);
  const time = JSON.stringify(formatPacificSeconds(now));
  const own: RawMember[] = [
    { key: "domain", raw: '"QBO"' },
    { key: "sparse", raw: "false" },
    { key: "Id", raw: JSON.stringify(nextId(company, entity)) },
    { key: "SyncToken", raw: '"0"' },
    { key: "MetaData", raw: `{"CreateTime":${time},"LastUpdatedTime":${time}}` },
  ];
  const given = rawMembers(
    removeRawMembers(
      text,
      own.map((member) => member.key),
    ),
  );
  const missing = derivedMembers(entity, fields, now).filter(({ key }) => fields[key] === undefined);
  const [record] = company.insert(entity, [writeMembers([...given, ...missing, ...own])]);
  if (!record) throw new Error(`${entity.name} was not stored`);
  if (entity.name === "Payment") applyPayment(company, record, now);
  return record;
}
