import { recoveryMs } from "../report/recovery.ts";
import type { Invariant } from "./invariant.ts";

/** 6: after the trigger goes, the live share returns to 95% of before within twice the deadline. */
export const recovers: Invariant = {
  promise: 6,
  title: "After the trigger goes, goodput returns to 95% of before within twice the deadline.",
  check(result) {
    const took = recoveryMs(result);
    const [first] = result.calls;
    const [record] = first?.tries ?? [];
    if (took === undefined || record === undefined) return [];
    const allowed = 2 * (record.deadlineAt - record.startedAt);
    if (took <= allowed) return [];
    const said = Number.isFinite(took) ? `took ${took} ms` : "did not come";
    return [{ promise: 6, message: `Recovery ${said}; twice the deadline is ${allowed} ms.` }];
  },
};
