import { removeRawMembers, setRawMembers, setRawPath, writeMembers } from "../json-text/edit.ts";
import { type RawMember, rawMember, rawMembers } from "../json-text/scan.ts";
import { formatPacificSeconds } from "../pacific-time.ts";
import type { EntityInfo } from "../query/entities.ts";
import type { CompanyRecord } from "./record.ts";
import type { Company } from "./store.ts";

/** A change of one record. */
export interface RecordChange {
  readonly entity: EntityInfo;
  /** The Id, or the key parts joined by `|` if the entity has no Id. */
  readonly key: string;
  /** The instant of the change, UTC ms. It becomes the LastUpdatedTime. */
  readonly at: number;
}

/** Sets members to raw JSON values and updates LastUpdatedTime. Increases SyncToken unless the change says
 * otherwise. */
export function editRecord(
  company: Company,
  change: RecordChange,
  set: readonly RawMember[] = [],
  bumpsSyncToken = true,
): CompanyRecord | undefined {
  const record = company.store(change.entity).get(change.key);
  if (!record) return undefined;
  const edited = inWrapper(change.entity, record.raw, (raw) => {
    const withMembers = setRawMembers(raw, set);
    const withTime = setTime(withMembers, change.at);
    return bumpsSyncToken ? nextSyncToken(withTime) : withTime;
  });
  return company.insert(change.entity, [edited])[0];
}

/** Removes a record. For a transaction, change data capture keeps a note of it. */
export function deleteRecord(company: Company, change: RecordChange): CompanyRecord | undefined {
  const record = company.store(change.entity).remove(change.key);
  if (record) company.deletions.push({ entity: change.entity, id: record.id, at: change.at });
  return record;
}

/**
 * Makes a name-list record inactive. Its names get the suffix ` (deleted)`, but PrintOnCheckName keeps the old name,
 * and an account reports no balance. A record that is already inactive is not changed (QuickBooks API facts, 3.7).
 */
export function deactivateRecord(company: Company, change: RecordChange): CompanyRecord | undefined {
  const record = company.store(change.entity).get(change.key);
  if (!record?.active) return record;
  const set: RawMember[] = [{ key: "Active", raw: "false" }];
  for (const key of ["Name", "DisplayName", "FullyQualifiedName"]) {
    const name = record.fields[key];
    if (typeof name === "string") set.push({ key, raw: JSON.stringify(`${name} (deleted)`) });
  }
  if (change.entity.name === "Account") {
    set.push({ key: "CurrentBalance", raw: "0" }, { key: "CurrentBalanceWithSubAccounts", raw: "0" });
  }
  return editRecord(company, change, set);
}

/** Voids a transaction: it still exists, with amounts of 0 and a note (QuickBooks API facts, 7.4). */
export function voidRecord(company: Company, change: RecordChange): CompanyRecord | undefined {
  const record = company.store(change.entity).get(change.key);
  if (!record) return undefined;
  const note = record.fields["PrivateNote"];
  const set: RawMember[] = [
    { key: "PrivateNote", raw: JSON.stringify(typeof note === "string" ? `Voided - ${note}` : "Voided") },
  ];
  for (const key of ["TotalAmt", "Balance", "UnappliedAmt"]) {
    if (record.fields[key] !== undefined) set.push({ key, raw: "0" });
  }
  const lines = rawMember(record.raw, "Line");
  if (lines !== undefined) set.push({ key: "Line", raw: lines.replace(/"Amount":[^,}\]]+/g, '"Amount":0') });
  return editRecord(company, change, set);
}

/** Sets the times of a record that has none. */
export function withTimes(raw: string, at: number): string {
  if (rawMember(raw, "MetaData") !== undefined) return raw;
  const time = JSON.stringify(formatPacificSeconds(at));
  const metaData = writeMembers([
    { key: "CreateTime", raw: time },
    { key: "LastUpdatedTime", raw: time },
  ]);
  return setRawMembers(removeRawMembers(raw, ["MetaData"]), [{ key: "MetaData", raw: metaData }]);
}

function setTime(raw: string, at: number): string {
  return setRawPath(raw, ["MetaData", "LastUpdatedTime"], JSON.stringify(formatPacificSeconds(at)));
}

function nextSyncToken(raw: string): string {
  const token = rawMember(raw, "SyncToken");
  if (token === undefined) return raw;
  const next = JSON.stringify(String(Number(JSON.parse(token)) + 1));
  return setRawMembers(raw, [{ key: "SyncToken", raw: next }]);
}

/** A recurring transaction is changed inside the object that wraps it. */
function inWrapper(entity: EntityInfo, raw: string, change: (raw: string) => string): string {
  const [wrapper] = rawMembers(raw);
  if (entity.name !== "RecurringTransaction" || !wrapper) return change(raw);
  return writeMembers([{ key: wrapper.key, raw: change(wrapper.raw) }]);
}
