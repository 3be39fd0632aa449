import { CountRefused, RunnerError } from "../errors.ts";
import type { Records } from "../ports/source.ts";
import type { Answer } from "./client.ts";
import { isRecords } from "./parse-answer.ts";

/** The records of a page; an empty page leaves the key out (QuickBooks API facts, 3.8). */
export function readRecords({ body }: Answer, answerKey: string): Records {
  const records = body[answerKey];
  if (isRecords(records)) return records;
  const stray = Object.keys(body).find((key) => isRecords(body[key]));
  if (records === undefined && stray === undefined) return [];
  const found = records === undefined ? `they come under "${stray}"` : "it holds no list";
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", `the answer has no records under "${answerKey}": ${found}`, {
    hint: 'name the key in the spec, for example "answer_key: CreditCardPaymentTxn"',
  });
}

/** The number that a COUNT(*) answered. An answer without one is how some entities refuse to be counted ("Total count not
 * returned", QuickBooks API facts, 13.1). */
export function readCount({ body }: Answer): number {
  const count = body["totalCount"];
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new CountRefused("QBO_NOT_COUNTED", "the answer to COUNT(*) has no totalCount", {
    hint: "QuickBooks does not count this entity; what needs no count goes on",
  });
}
