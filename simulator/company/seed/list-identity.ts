import type { DraftObject } from "../../number-text.ts";
import { BOOKS_OPEN } from "./calendar.ts";
import { identityMembers } from "./list-record.ts";
import type { Random } from "./random.ts";

/** Identity of a list record that was created in the first weeks and sometimes edited in January 2026. */
export function listIdentity(random: Random, id: string): DraftObject {
  const created = BOOKS_OPEN + random.whole(0, 9 * 3600) * 1000;
  const january = Date.UTC(2026, 0, random.whole(5, 28), random.whole(16, 23), random.whole(0, 59));
  const updated = random.chance(0.4) ? january : created;
  return identityMembers({ id, created, updated, syncToken: updated === created ? 0 : 1 });
}
