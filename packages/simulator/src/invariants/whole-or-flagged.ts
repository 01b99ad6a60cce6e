import { type Invariant, perCall } from "./invariant.ts";

/** 5: a cut stream is continued or flagged, never passed off as whole, and a continued one equals the uncut text. */
export const wholeOrFlagged: Invariant = perCall(
  5,
  "A cut stream is continued or flagged, never passed off as whole; a continued one equals the uncut text.",
  ({ index, tries }) =>
    tries.flatMap(({ verdict, seams, attempts }) => {
      if (verdict !== "truncated" && verdict !== "garbled") return [];
      const who = attempts.map(({ provider, outcome }) => `${provider} ${outcome}`).join(", ");
      const message = `Call ${index} was given a ${verdict} text as a whole answer (${who}; ${seams} seams).`;
      return [{ promise: 5, call: index, message }];
    }),
);
