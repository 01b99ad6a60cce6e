import type { CallRecord } from "../scenario/call-record.ts";
import { type Invariant, perCall, type Violation } from "./invariant.ts";

const TITLE = "Every call settles exactly once, and nothing is left behind.";

const eachOnce = perCall(1, TITLE, ({ index, tries }: CallRecord) =>
  tries.flatMap(({ outcomes, endings, attempts }) => {
    const violations: Violation[] = [];
    if (outcomes !== 1 || endings !== 1) {
      const message = `Call ${index} had ${outcomes} outcomes and ${endings} endings; each must be 1.`;
      violations.push({ promise: 1, call: index, message });
    }
    const open = attempts.filter(({ endedAt }) => endedAt === undefined);
    if (open.length > 0) {
      const message = `Call ${index} has ended, its attempt at ${open[0]?.provider} has not.`;
      violations.push({ promise: 1, call: index, message });
    }
    return violations;
  }),
);

/** 1: every call settles exactly once; permits, listeners and timers return to zero. */
export const settlesOnce: Invariant = {
  promise: 1,
  title: TITLE,
  begin(scenario) {
    const calls = eachOnce.begin(scenario);
    return {
      add: calls.add,
      end(run) {
        const { leftovers, hung } = run;
        const stand = hung === undefined ? [] : [{ promise: 1, message: `The run came to a stand: ${hung}` }];
        const left = Object.entries(leftovers).flatMap(([what, count]) =>
          count === 0 ? [] : [{ promise: 1, message: `${count} ${what} are left after the last call.` }],
        );
        return [...stand, ...left, ...calls.end(run)];
      },
    };
  },
};
