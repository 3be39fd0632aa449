import { RunnerError } from "../errors.ts";
import type { Budget } from "../ports/limits.ts";

/** The number of requests that a whole run may send; no limit where it is undefined. */
export function createBudget(max: number | undefined): Budget {
  let spent = 0;
  return {
    spend: () => {
      if (max !== undefined && spent >= max) {
        throw new RunnerError("CALL_BUDGET", `the budget of ${max} API calls is used up`, {
          hint: "sealed windows are kept; run the same command again, with a larger --max-calls or next month",
        });
      }
      spent++;
    },
  };
}
