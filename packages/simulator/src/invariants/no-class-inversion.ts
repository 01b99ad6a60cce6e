import { type CallRecord, lastTry } from "../scenario/call-record.ts";
import { type Invariant, MOST_VIOLATIONS, type Violation } from "./invariant.ts";

/** RFC 9218 urgencies of the classes (semantics page): up to 1 is critical, from 4 on a call may be shed. */
const CRITICAL = 1;
const SHEDDABLE = 4;

/** A critical call that a limit of ours let wait at a provider, and then refused. Times in ms of the run. */
interface Refused {
  readonly call: number;
  readonly provider: string;
  readonly from: number;
  readonly to: number;
}

/** When a provider was asked for calls that may be shed, in no order, ms of the run. */
type Admissions = Map<string, number[]>;

/** 7: no critical call is shed while a sheddable one is admitted. */
export const noClassInversion: Invariant = {
  promise: 7,
  title: "No critical request is shed while a sheddable one is admitted.",
  begin() {
    const refused: Refused[] = [];
    const admitted: Admissions = new Map();
    return {
      add(call) {
        if (call.urgency <= CRITICAL) refused.push(...refusalsOf(call));
        else if (call.urgency >= SHEDDABLE) admit(call, admitted);
        // Whether anybody was preferred shows only when all calls are known.
        return false;
      },
      end() {
        for (const times of admitted.values()) times.sort((a, b) => a - b);
        return refused.flatMap((one) => inversionOf(one, admitted)).slice(0, MOST_VIOLATIONS);
      },
    };
  },
};

/** The refusals of a call that was never sent anywhere. */
function refusalsOf(call: CallRecord): Refused[] {
  const { attempts, refusals, startedAt } = lastTry(call);
  if (attempts.length > 0) return [];
  // It came to each provider when the one before had refused it.
  return refusals.map(({ provider, at }, index) => {
    return { call: call.index, provider, from: refusals[index - 1]?.at ?? startedAt, to: at };
  });
}

function admit(call: CallRecord, admitted: Admissions): void {
  for (const { attempts } of call.tries) {
    // Later attempts may be the rest of an answer that had begun; that comes before all new calls.
    const [first] = attempts;
    if (first === undefined) continue;
    const times = admitted.get(first.provider) ?? [];
    times.push(first.startedAt);
    admitted.set(first.provider, times);
  }
}

function inversionOf({ call, provider, from, to }: Refused, admitted: Admissions): Violation[] {
  // At the very moment of its arrival somebody else may have been first.
  const preferred = (admitted.get(provider) ?? []).find((at) => at > from && at <= to);
  if (preferred === undefined) return [];
  const message = `Call ${call} is critical and was refused at ${provider} after waiting from ${from} ms to ${to} ms; a sheddable one was sent at ${preferred} ms.`;
  return [{ promise: 7, call, message }];
}
