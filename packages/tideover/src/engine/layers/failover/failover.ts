import type { Call } from "../../call.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";

/** One provider as failover sees it. */
export interface FailoverTarget {
  readonly provider: string;
  readonly service: Service;
  /** Whether it would take a call now: its breaker lets through, some key of it is usable. */
  available(call: Call): boolean;
  /** The longest prompt plus answer that it is known to take, in tokens. */
  readonly contextTokens?: number | undefined;
}

/**
 * Tries providers in order; a failure leads to the next one at once, without waiting and without cost to any budget.
 *
 * The same provider is tried again only when no other could answer: the last target is told so (`lastChance`), and
 * when the last one then cannot serve the call at all, the one before it that failed for a moment gets a second pass.
 */
export function failover(targets: readonly FailoverTarget[]): Service {
  if (targets.length === 0) throw new RangeError("A live group needs at least one provider.");
  return async (call) => {
    const order = inOrder(targets, call);
    const failures: Failure[] = [];
    let momentary: { target: FailoverTarget; failure: Failure } | undefined;
    let smallestContext = 0;
    for (const [index, target] of order.entries()) {
      if (smallestContext > 0 && (target.contextTokens ?? 0) <= smallestContext) continue;
      const lastChance = !order.slice(index + 1).some((other) => other.available(call));
      const outcome = await target.service({ ...call, lastChance });
      if (outcome.type !== "failure") return outcome;
      const failed = afterTrouble(outcome, failures);
      failures.push(failed);
      if (failed.reason === "context-too-long" && failed.kind === "caller") {
        smallestContext = Math.max(smallestContext, target.contextTokens ?? Number.POSITIVE_INFINITY);
        continue;
      }
      if (endsTheSearch(failed)) return failed;
      momentary = isMomentary(failed) && !lastChance ? { target, failure: failed } : momentary;
      if (isMomentary(failed) && lastChance) momentary = undefined;
    }
    if (momentary !== undefined) return secondPass(call, momentary, failures);
    return summary(failures);
  };
}

/** Avoided providers come last, so that they are asked only when no other is left. */
function inOrder(targets: readonly FailoverTarget[], call: Call): readonly FailoverTarget[] {
  if (call.avoid.length === 0) return targets;
  const avoided = (target: FailoverTarget) => call.avoid.includes(target.provider);
  return [...targets.filter((target) => !avoided(target)), ...targets.filter(avoided)];
}

/** Nobody else can do better: the caller's fault, or no time or caller left, or content already shown. */
function endsTheSearch({ kind, committed }: Failure): boolean {
  return committed || kind === "caller" || kind === "deadline" || kind === "cancelled";
}

function isMomentary({ kind }: Failure): boolean {
  return kind === "overloaded" || kind === "fault";
}

/**
 * A stand-in that does not know the model is a gap in the route, not the caller's fault: the provider that does know
 * it was only busy.
 */
function afterTrouble(failed: Failure, before: readonly Failure[]): Failure {
  if (failed.kind !== "caller" || failed.reason !== "model-not-found" || !before.some(isMomentary)) return failed;
  return { ...failed, kind: "incompatible", passed: undefined };
}

async function secondPass(
  call: Call,
  { target, failure: earlier }: { target: FailoverTarget; failure: Failure },
  failures: readonly Failure[],
): Promise<Outcome> {
  const outcome = await target.service({ ...call, lastChance: true, earlier: { tries: 1, failure: earlier } });
  return outcome.type === "failure" && !endsTheSearch(outcome) ? summary([...failures, outcome]) : outcome;
}

/** The failure that says most: of the last provider that was really asked, with the soonest Retry-After of all. */
function summary(failures: readonly Failure[]): Failure {
  const tooLong = failures.find((failed) => failed.reason === "context-too-long");
  if (tooLong !== undefined) return tooLong;
  const told = failures.findLast((failed) => failed.kind !== "rejected") ?? failures.at(-1);
  if (told === undefined) return failure("rejected", "no-provider", "No provider of the group could be asked.");
  const waits = failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
  return { ...told, retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined };
}
