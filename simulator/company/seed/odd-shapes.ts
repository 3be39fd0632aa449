import type { DraftObject } from "../../number-text.ts";
import { BOOKS_OPEN, DAY, secondBetween } from "./calendar.ts";
import { documentDraft, type SeedDocument } from "./document.ts";
import { identityMembers } from "./list-record.ts";
import type { Random } from "./random.ts";

/**
 * Templates of recurring documents, each wrapped in an object named after its transaction type (QuickBooks API facts,
 * 7.4). Their Ids continue those of the transactions. Queries of the plain transactions do not return them.
 */
export function recurringDrafts(random: Random, documents: readonly SeedDocument[]): DraftObject[] {
  const drafts: DraftObject[] = [];
  for (const entity of ["Invoice", "Bill", "Purchase", "JournalEntry", "SalesReceipt"]) {
    const pattern = documents.find((document) => document.entity === entity);
    if (!pattern) continue;
    const { DocNumber: _number, TxnDate: _date, ...members } = documentDraft(pattern);
    const created = secondBetween(random, BOOKS_OPEN + 10 * DAY, BOOKS_OPEN + 250 * DAY);
    const number = drafts.length + 1;
    drafts.push({
      [entity]: {
        ...members,
        ...identityMembers({ id: String(documents.length + 10 + number), created, updated: created }),
        RecurDataRef: { value: String(number) },
        RecurringInfo: {
          Name: `Monthly ${entity} ${number}`,
          RecurType: "Automated",
          Active: number !== 5,
          ScheduleInfo: { IntervalType: "Monthly", NumInterval: 1, DayOfMonth: 1, NextDate: "2026-03-01" },
        },
      },
    });
  }
  return drafts;
}

const FILES = [
  "survey.pdf",
  "door sketch.png",
  "Rechnung März.pdf",
  "site photo 1.jpg",
  "site photo 2.jpg",
  "quote.docx",
];

/** Attachments of invoices, with 18-digit Ids and a download link that is different on each read (facts, 13.3). */
export function attachableDrafts(random: Random, documents: readonly SeedDocument[]): DraftObject[] {
  const invoices = documents.filter((document) => document.entity === "Invoice");
  return Array.from({ length: 12 }, (_, index) => {
    const invoice = random.pick(invoices);
    const fileName = random.pick(FILES);
    const created = invoice.created + random.whole(60, 7200) * 1000;
    return {
      FileName: fileName,
      FileAccessUri: `/v3/company/download/${index}`,
      TempDownloadUri: "https://attachments.example/download",
      Size: random.whole(10_000, 900_000),
      ContentType: fileName.endsWith("pdf") ? "application/pdf" : "application/octet-stream",
      AttachableRef: [{ EntityRef: { type: "Invoice", value: invoice.id }, IncludeOnSend: false }],
      ...identityMembers({
        id: `50000000000${String(4_100_217 + index * 13).padStart(7, "0")}`,
        created,
        updated: created,
      }),
    };
  });
}
