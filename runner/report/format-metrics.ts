import type { EntityResult, Summary } from "../events.ts";

/** The numbers of a run for Prometheus' text-file collector. Its times are in seconds; `endedAt` is in milliseconds since
 * 1970. */
export function formatMetrics(results: readonly EntityResult[], summary: Summary, endedAt: number): string {
  const each = (name: string, help: string, value: (result: EntityResult) => number): string[] => [
    `# HELP qbo_${name} ${help}`,
    `# TYPE qbo_${name} gauge`,
    ...results.map(
      (result) => `qbo_${name}{entity="${result.entity}",table="${result.table}"} ${value(result)}`,
    ),
  ];
  const one = (name: string, help: string, value: number): string[] => [
    `# HELP qbo_${name} ${help}`,
    `# TYPE qbo_${name} gauge`,
    `qbo_${name} ${value}`,
  ];
  const windows = (status: string) => (result: EntityResult) =>
    result.windows.filter((window) => window.status === status).length;
  const lines = [
    ...each("entity_rows", "Records read in the last run.", ({ rows }) => rows),
    ...each("entity_inserted", "Records inserted in the last run.", ({ inserted }) => inserted),
    ...each("entity_updated", "Records updated in the last run.", ({ updated }) => updated),
    ...each("entity_unchanged", "Records found unchanged in the last run.", ({ unchanged }) => unchanged),
    ...each(
      "entity_stale",
      "Records of the last run that were older than the stored ones.",
      ({ stale }) => stale,
    ),
    ...each(
      "entity_vanished",
      "Records that are no longer in their window at the source.",
      ({ vanished }) => vanished,
    ),
    ...each("entity_pages", "Pages with records in the last run.", ({ pages }) => pages),
    ...each("entity_calls", "API calls of the last run.", ({ calls }) => calls),
    ...each("entity_duration_seconds", "Time that the entity took.", ({ duration_ms }) => duration_ms / 1000),
    ...each("entity_windows_sealed", "Windows sealed in the last run.", windows("sealed")),
    ...each("entity_windows_open", "Windows left open in the last run.", windows("open")),
    ...each("entity_windows_failed", "Windows that failed in the last run.", windows("failed")),
    ...each("entity_success", "1 if the entity succeeded.", ({ status }) => (status === "success" ? 1 : 0)),
    ...one("run_success", "1 if the last run succeeded.", summary.status === "success" ? 1 : 0),
    ...one("run_duration_seconds", "Time that the last run took.", (summary.totals?.duration_ms ?? 0) / 1000),
    ...one("run_end_timestamp_seconds", "When the last run ended.", endedAt / 1000),
  ];
  return `${lines.join("\n")}\n`;
}
