import { type JsonObject, stringMember } from "../json-text/json-value.ts";

/** The name of a record of a name list. The member that contains it depends on the entity. */
export function nameIn(fields: JsonObject): string | undefined {
  return (
    stringMember(fields, "DisplayName") ??
    stringMember(fields, "Name") ??
    stringMember(fields, "Code") ??
    personName(fields)
  );
}

function personName(fields: JsonObject): string | undefined {
  const parts = [stringMember(fields, "GivenName"), stringMember(fields, "FamilyName")];
  const name = parts.filter((part) => part !== undefined).join(" ");
  return name === "" ? undefined : name;
}
