import { RunnerError } from "../errors.ts";
import type { Answer } from "./client.ts";
import { isRecords, type Records } from "./parse-answer.ts";

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

/** The number that a COUNT(*) answered. */
export function readCount({ body }: Answer): number {
  const count = Object.keys(body).length === 0 ? 0 : body["totalCount"];
  if (typeof count === "number" && Number.isSafeInteger(count) && count >= 0) return count;
  throw new RunnerError("QBO_UNEXPECTED_ANSWER", "the answer to COUNT(*) has no totalCount", {
    hint: "run the same command again; if it stays, the server does not count this entity",
  });
}
