import { RunnerError } from "../errors.ts";
import type { PagePlace } from "../plan/sweep-state.ts";
import type { EntitySpec } from "../spec/types.ts";
import { withFields } from "./list-records.ts";
import { readRows } from "./read-rows.ts";
import type { SweepPorts } from "./sweep-ports.ts";

/** The name of a record that cannot be read, for people. Its key alone can often still be read (QuickBooks API facts,
 * 4.5). */
export async function nameRecord(
  spec: EntitySpec,
  ports: SweepPorts,
  place: PagePlace,
  signal: AbortSignal,
): Promise<string> {
  try {
    const statement = ports.statements.page(withFields(spec, spec.key), place);
    const page = await ports.source.page(statement, spec.answerKey, signal);
    const [row] = readRows({ ...spec, cursor: null }, page.records);
    if (row !== undefined) return `${spec.entity} ${row.id}`;
  } catch (error) {
    // A failure only means that the record has no name. Anything else, such as a cancellation, is thrown.
    if (!(error instanceof RunnerError)) throw error;
  }
  return `a record of ${spec.entity}`;
}
