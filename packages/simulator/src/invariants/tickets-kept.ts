import type { Invariant, Violation } from "./invariant.ts";

/** 9: an accepted ticket is never lost, and completes with its own answer. */
export const ticketsKept: Invariant = {
  promise: 9,
  title: "Every accepted ticket ends with its own answer.",
  begin: () => ({
    add: () => false,
    end({ backlog }) {
      if (backlog === undefined) return [];
      const { accepted, right, wrong } = backlog;
      const violations: Violation[] = [];
      if (wrong > 0) violations.push({ promise: 9, message: `${wrong} tickets ended without their own answer.` });
      const open = accepted - right - wrong;
      if (open > 0) violations.push({ promise: 9, message: `${open} of ${accepted} tickets have not ended.` });
      return violations;
    },
  }),
};
