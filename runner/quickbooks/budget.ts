import { RunnerError } from "../errors.ts";
import type { Budget } from "../ports/limits.ts";

/** Limits the number of requests that a run may send to `max`; undefined means no limit. */
export function createBudget(max: number | undefined): Budget {
  let spent = 0;
  return {
    spend: () => {
      if (max !== undefined && spent >= max) {
        throw new RunnerError("CALL_BUDGET", `the budget of ${max} API calls is used up`, {
          hint: "sealed windows stay sealed; run the same command again with a larger --max-calls, or next month",
        });
      }
      spent++;
    },
  };
}
