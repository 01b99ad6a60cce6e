import { Recovery } from "../report/recovery.ts";
import type { Invariant } from "./invariant.ts";

/** 6: after the trigger goes, the live share returns to 95% of before within twice the deadline. */
export const recovers: Invariant = {
  promise: 6,
  title: "After the trigger goes, goodput returns to 95% of before within twice the deadline.",
  begin(scenario) {
    const recovery = new Recovery(scenario);
    let deadlineMs: number | undefined;
    return {
      add(call) {
        recovery.add(call);
        const [record] = call.tries;
        if (deadlineMs === undefined && record !== undefined) deadlineMs = record.deadlineAt - record.startedAt;
        return false;
      },
      end({ endedAt }) {
        const took = recovery.tookMs(endedAt);
        if (took === undefined || deadlineMs === undefined) return [];
        const allowed = 2 * deadlineMs;
        if (took <= allowed) return [];
        // A run that ends before the time is up has not shown that it takes longer.
        const seenMs = Math.min(scenario.durationMs, endedAt) - (scenario.trouble?.toMs ?? 0);
        if (!Number.isFinite(took) && seenMs < allowed) return [];
        const said = Number.isFinite(took) ? `took ${took} ms` : "did not come";
        return [{ promise: 6, message: `Recovery ${said}; twice the deadline is ${allowed} ms.` }];
      },
    };
  },
};
