import { type CallRecord, lastTry } from "../scenario/call-record.ts";
import { type Invariant, MOST_VIOLATIONS, type Violation } from "./invariant.ts";

/** An answer that was made for another call. */
interface Borrowed {
  readonly call: number;
  readonly tenant: string;
  readonly question: number;
  /** When the borrower had it, ms. */
  readonly at: number;
}

/**
 * 8: no tenant ever sees another's answer, cached, coalesced or stale. The same question has the same text whoever asks
 * it, so the text tells nothing: but an answer that nobody of one's own tenant was ever given by a provider is another's.
 */
export const noSharedAnswers: Invariant = {
  promise: 8,
  title: "No tenant ever sees another's answer, cached, coalesced or stale.",
  begin() {
    const made = new Map<string, number>();
    const borrowed: Borrowed[] = [];
    return {
      add(call) {
        const { index, tenant, question } = call;
        if (tenant === undefined || question === undefined) return false;
        for (const { attempts } of call.tries) {
          for (const { committedAt } of attempts)
            if (committedAt !== undefined) note(made, tenant, question, committedAt);
        }
        const at = borrowedAt(call);
        if (at !== undefined) borrowed.push({ call: index, tenant, question, at });
        // Whose answer it was shows only when all calls are known.
        return false;
      },
      end: () =>
        borrowed
          .filter(
            ({ tenant, question, at }) => !((made.get(keyOf(tenant, question)) ?? Number.POSITIVE_INFINITY) <= at),
          )
          .slice(0, MOST_VIOLATIONS)
          .map(({ call, tenant, question }): Violation => {
            const message = `Call ${call} of ${tenant} was given a kept answer to question ${question}, which no provider had given to ${tenant}.`;
            return { promise: 8, call, message };
          }),
    };
  },
};

const keyOf = (tenant: string, question: number) => `${question} ${tenant}`;

function note(made: Map<string, number>, tenant: string, question: number, at: number): void {
  const key = keyOf(tenant, question);
  made.set(key, Math.min(at, made.get(key) ?? Number.POSITIVE_INFINITY));
}

/** When a call was given an answer that was made for another one; undefined when it was not. */
function borrowedAt(call: CallRecord): number | undefined {
  const { rung, joined, attempts, verdict, endedAt } = lastTry(call);
  if (verdict !== "right" && verdict !== "degraded") return undefined;
  const isKept = rung === "cache" || rung === "stale" || rung === "similar";
  return isKept || (joined === true && attempts.length === 0 && rung !== "template") ? endedAt : undefined;
}
