import type { EntityResult, Failure, RunEvent, Summary, WindowResult } from "../events.ts";
import { onOneLine } from "../text/visible-text.ts";

/** The width to which dots fill a line, in characters. */
const WIDTH = 80;

export type Paint = (text: string, colour: "green" | "yellow" | "red") => string;
const plain: Paint = (text) => text;

/** Formats an event as lines for people. Events that only matter to machines have no lines. */
export function formatText(event: RunEvent, paint: Paint = plain): string[] {
  switch (event.type) {
    case "notice":
      return [event.level === "warn" ? paint(onOneLine(event.message), "yellow") : onOneLine(event.message)];
    case "problem":
      return event.text.split("\n");
    case "run_started":
      return [
        `Running with qbo=${event.version}`,
        `Found ${countOf(event.entities, "entity", "entities")}, ${countOf(event.windows, "window")}`,
        event.from === undefined
          ? "Nothing is left to read"
          : `Range ${event.from} to ${event.to}, the end is exclusive`,
        "",
      ];
    case "entity_started":
      return [dotted(`${event.index} of ${event.total} START entity ${event.table} `, "RUN")];
    case "page_loaded":
      return [];
    case "window_closed":
      return windowLines(event, paint);
    case "entity_finished":
      return [finishedLine(event, paint), ...reasonLines(event.result, paint)];
    case "waiting":
      return [paint(`waiting ${seconds(event.delay_ms)} before the next try: ${event.reason}`, "yellow")];
    case "proof_mismatch":
      return [
        paint(
          `${event.entity} ${event.window_start_utc}: ${event.rows} records read, ${event.source_count} at the source; reading the window again`,
          "yellow",
        ),
      ];
    case "token_refreshed":
      return [
        event.rotated
          ? "Access token renewed; QuickBooks also issued a new refresh token, which is kept in the vault"
          : "Access token renewed",
      ];
    case "summary":
      return summaryLines(event, paint);
  }
}

const STATUS_COLOURS = { sealed: "green", open: "yellow", failed: "red" } as const;

/** A line for each window that has records or is not sealed. Sealed windows without records only count in the total. */
function windowLines(event: WindowResult & { readonly table: string }, paint: Paint): string[] {
  if (event.status === "sealed" && event.rows === 0) return [];
  const label = `  window ${event.window_start_utc} of ${event.table} `;
  const status = paint(event.status, STATUS_COLOURS[event.status]);
  const pages = countOf(event.pages, "page");
  return [
    `${label.padEnd(WIDTH, ".")} [${changesOf(event)}, ${pages}, ${seconds(event.duration_ms)}, ${status}]`,
  ];
}

function finishedLine(event: RunEvent & { readonly type: "entity_finished" }, paint: Paint): string {
  const { result, index, total, open_windows: open } = event;
  const { status, table, duration_ms } = result;
  const took = `in ${seconds(duration_ms)}`;
  const at = `${index} of ${total}`;
  if (status === "success") {
    const openNote = open > 0 ? `, ${countOf(open, "window")} still open` : "";
    return dotted(
      `${at} OK loaded entity ${table} `,
      `${paint("OK", "green")} ${changesOf(result)}, ${countOf(result.calls, "call")}${openNote} ${took}`,
    );
  }
  if (status === "partial success") {
    return dotted(
      `${at} PARTIALLY loaded entity ${table} `,
      `${paint("PARTIAL SUCCESS", "yellow")} ${changesOf(result)} ${took}`,
    );
  }
  if (status === "not available") {
    return dotted(`${at} NOT AVAILABLE entity ${table} `, `${paint("SKIP", "yellow")} ${took}`);
  }
  return dotted(`${at} ERROR loading entity ${table} `, `${paint("ERROR", "red")} ${took}`);
}

/** Why an entity failed or is not available. */
function reasonLines({ status, failure }: Omit<EntityResult, "windows">, paint: Paint): string[] {
  if (failure === null) return [];
  if (status !== "not available") return [`  ${paint(`error[${failure.code}]`, "red")} ${failure.message}`];
  const hint = failure.hint === null ? [] : [`  what to do: ${failure.hint}`];
  return [paint(`  ${failure.message}`, "yellow"), ...hint];
}

function changesOf({
  rows,
  inserted,
  updated,
  unchanged,
  stale,
  vanished,
}: WindowResult | Omit<EntityResult, "windows">): string {
  const parts = [
    [inserted, "inserted"],
    [updated, "updated"],
    [unchanged, "unchanged"],
    [stale, "stale"],
    [vanished, "vanished"],
  ] as const;
  const shown = parts.filter(([count]) => count > 0).map(([count, word]) => `${count} ${word}`);
  const head = countOf(rows, "row");
  return shown.length === 0 ? head : `${head}: ${shown.join(", ")}`;
}

function summaryLines({ status, counts, totals, failure }: Summary, paint: Paint): string[] {
  if (totals === null) return failureLines(failure, paint);
  const lines = [""];
  const numbers = `${countOf(totals.rows, "row")} (${totals.inserted} inserted, ${totals.updated} updated, ${totals.unchanged} unchanged, ${totals.stale} stale, ${totals.vanished} vanished)`;
  lines.push(`Finished ${countOf(counts.total, "entity", "entities")} in ${seconds(totals.duration_ms)}.`);
  lines.push(
    `Total: ${numbers}, ${countOf(totals.pages, "page")}, ${countOf(totals.windows, "window")}, ${countOf(totals.calls, "API call")}.`,
    ...escapedLines(totals.escaped, paint),
    "",
  );
  if (status === "success") lines.push(paint("Completed successfully", "green"));
  else if (status === "cancelled") lines.push(paint("Cancelled: sealed windows are kept", "yellow"));
  else lines.push(paint("Completed with errors:", "red"));
  if (failure !== null && status !== "cancelled") lines.push("", ...failureLines(failure, paint));
  lines.push(
    "",
    `Done. PASS=${counts.pass} PARTIAL=${counts.partial} ERROR=${counts.error} SKIP=${counts.skip} TOTAL=${counts.total}`,
  );
  return lines;
}

function escapedLines(count: number, paint: Paint): string[] {
  if (count === 0) return [];
  const text = `${countOf(count, "record")} with characters that PostgreSQL cannot store, kept as text (see the warnings above)`;
  return [paint(text, "yellow")];
}

/** Why the run failed, and what to do about it. */
function failureLines(failure: Failure | null, paint: Paint): string[] {
  if (failure === null) return [];
  const { code, message, hint } = failure;
  return [
    `${paint(`error[${code}]`, "red")} ${message}`,
    ...(hint === null ? [] : [`  what to do: ${hint}`]),
  ];
}

const dotted = (label: string, status: string): string => `${label.padEnd(WIDTH, ".")} [${status}]`;
const seconds = (ms: number): string => `${(ms / 1000).toFixed(2)}s`;

function countOf(count: number, one: string, many: string = `${one}s`): string {
  return `${count} ${count === 1 ? one : many}`;
}
