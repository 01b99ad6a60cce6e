import type { AttemptEntry, CallRecord } from "../scenario/call-record.ts";
import { type Invariant, perCall, type Violation } from "./invariant.ts";

/** 2: nothing is retried after commit, and nothing that is the caller's fault is retried at all. */
export const noRetryAfterCommit: Invariant = perCall(
  2,
  "Nothing is retried after commit; nothing that is the caller's fault is retried at all.",
  (call) => call.tries.flatMap(({ attempts }) => inOneTry(call, attempts)),
);

function inOneTry(call: CallRecord, attempts: readonly AttemptEntry[]): Violation[] {
  const violations: Violation[] = [];
  const note = (message: string) => violations.push({ promise: 2, call: call.index, message });
  for (const [index, attempt] of attempts.entries()) {
    for (const earlier of attempts.slice(0, index)) {
      const isOver = earlier.endedAt !== undefined && earlier.endedAt <= attempt.startedAt;
      if (earlier.outcome === "caller" && isOver && earlier.reason !== "context-too-long") {
        note(
          `Call ${call.index} asked ${attempt.provider} after ${earlier.provider} had called it the caller's fault.`,
        );
      }
      // What broke may be continued, or asked for again when the caller has been shown nothing of it.
      const committed = earlier.committedAt !== undefined && earlier.committedAt < attempt.startedAt;
      if (committed && (earlier.outcome === "answered" || !isOver)) {
        note(
          `Call ${call.index} asked ${attempt.provider} though ${earlier.provider} had shown content and not failed.`,
        );
      }
    }
  }
  return violations;
}
