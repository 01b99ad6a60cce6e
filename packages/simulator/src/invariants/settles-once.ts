import type { Invariant, Violation } from "./invariant.ts";

/** 1: every call settles exactly once; permits, listeners and timers return to zero. */
export const settlesOnce: Invariant = {
  promise: 1,
  title: "Every call settles exactly once, and nothing is left behind.",
  check({ calls, leftovers, hung }) {
    const violations: Violation[] = [];
    if (hung !== undefined) violations.push({ promise: 1, message: `The run came to a stand: ${hung}` });
    for (const { index, tries } of calls) {
      for (const { outcomes, endings, attempts } of tries) {
        if (outcomes !== 1 || endings !== 1) {
          const message = `Call ${index} had ${outcomes} outcomes and ${endings} endings; each must be 1.`;
          violations.push({ promise: 1, call: index, message });
        }
        const open = attempts.filter(({ endedAt }) => endedAt === undefined);
        if (open.length > 0) {
          const message = `Call ${index} has ended, its attempt at ${open[0]?.provider} has not.`;
          violations.push({ promise: 1, call: index, message });
        }
      }
    }
    for (const [what, count] of Object.entries(leftovers)) {
      if (count !== 0) violations.push({ promise: 1, message: `${count} ${what} are left after the last call.` });
    }
    return violations;
  },
};
