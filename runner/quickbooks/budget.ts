import { RunnerError } from "../errors.ts";
import type { Budget } from "../ports/limits.ts";

/** The requests that a whole run may send, or as many as it likes. */
export function createBudget(max: number | undefined): Budget {
  let spent = 0;
  return {
    spend: () => {
      if (max !== undefined && spent >= max) {
        throw new RunnerError("CALL_BUDGET", `the budget of ${max} API calls is used up`, {
          hint: "what is sealed stays; run the same command again, with a larger --max-calls or after the month's end",
        });
      }
      spent++;
    },
  };
}
