import { CountRefused, RunnerError } from "../errors.ts";
import type { Records } from "../ports/source.ts";
import type { Answer } from "./client.ts";
import { isRecords } from "./parse-answer.ts";

/** The records of a page. The answer to an empty page lacks the key (QuickBooks API facts, 3.8). */
export function readRecords({ body }: Answer, answerKey: string): Records {
  const records = body[answerKey];
  if (isRecords(records)) return records;
  const stray = Object.keys(body).find((key) => isRecords(body[key]));
  if (records === undefined && stray === undefined) return [];
  const found = records === undefined ? `they are under "${stray}"` : "it is not a list";
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", `the answer has no records under "${answerKey}": ${found}`, {
    hint: 'set the right key in the spec, for example "answer_key: CreditCardPaymentTxn"',
  });
}

/** The number in the answer to a COUNT(*). For some entities the answer has none, which means that the API does not count
 * them ("Total count not returned", QuickBooks API facts, 13.1). */
export function readCount({ body }: Answer): number {
  const count = body["totalCount"];
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new CountRefused("QBO_NOT_COUNTED", "the answer to COUNT(*) has no totalCount", {
    hint: "QuickBooks does not count this entity; everything that needs no count still works",
  });
}
