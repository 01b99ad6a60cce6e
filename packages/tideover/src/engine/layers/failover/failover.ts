import type { Call } from "../../call.ts";
import { type Failure, failure, type RungReason } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import type { HedgeTerms } from "../hedge/hedge-terms.ts";
import { endsTheSearch, isTooLong, refusesRequest } from "./ends-the-search.ts";

/** What is known, or supposed, against a provider before it is asked. */
export interface Refusal {
  readonly failure: Failure;
  /** It is only supposed: the provider is asked when no other is left that could answer. */
  readonly supposed: boolean;
}

/** One provider as failover sees it. */
export interface FailoverTarget {
  readonly provider: string;
  readonly service: Service;
  /** Whether it would take a call now: its breaker lets through, some key of it is usable. */
  available(call: Call): boolean;
  /** The longest prompt plus answer that it is known to take for this call's model, in tokens. */
  contextTokens(call: Call): number | undefined;
  /** Whether it can finish what another began, for a call that asks for that; absent: it can. */
  continues?(call: Call): boolean;
  /** Why it cannot serve this call at all, where that is known without asking; absent, or undefined: it may. */
  refusal?(call: Call): Refusal | undefined;
  /** Whether asking it costs money; absent: it does. A call that is to be answered without spending skips it. */
  spends?(call: Call): boolean;
  /** What hedging must know of it; absent: no call is hedged here, nor by it. */
  readonly hedging?: HedgeTerms | undefined;
}

/** What came of asking one provider. */
export interface Asked {
  readonly target: FailoverTarget;
  readonly outcome: Outcome;
  /** Whether it was told that no other could answer. */
  readonly lastChance: boolean;
}

/** The next provider that would take the call now and fits; it is then no longer among those to be asked. */
export type TakeSecond = (fits: (target: FailoverTarget) => boolean) => FailoverTarget | undefined;

/**
 * Asks a provider, and perhaps another one beside it: the place of hedging. Gives one answer alone, or the failures of
 * all that were asked, in their order.
 */
export type Ask = (call: Call, target: FailoverTarget, takeSecond: TakeSecond) => Promise<readonly Asked[]>;

/**
 * Tries providers in order; a failure leads to the next one at once, without waiting and without cost to any budget.
 *
 * The same provider is tried again only when no other could answer: the last target is told so (`lastChance`), and
 * when the last one then cannot serve the call at all, the one before it that failed for a moment gets a second pass.
 */
export function failover(targets: readonly FailoverTarget[], ask: Ask = askAlone): Service {
  if (targets.length === 0) throw new RangeError("A live group needs at least one provider.");
  return async (call) => {
    const search = new Search(call);
    const ordered = inOrder(targets, call);
    const waiting = [...ordered];
    const couldAnswer = (other: FailoverTarget) => other.available(call) && search.refusalOf(other)?.supposed !== false;
    const isBetter = (other: FailoverTarget) =>
      other.available(call) && search.refusalOf(other) === undefined && !search.knowsTooSmall(other);
    const takeSecond: TakeSecond = (fits) => {
      const index = waiting.findIndex((other) => isBetter(other) && fits(other));
      return index < 0 ? undefined : waiting.splice(index, 1)[0];
    };
    for (let target = waiting.shift(); target !== undefined; target = waiting.shift()) {
      if (search.knowsTooSmall(target) || search.isRefusedBy(target)) continue;
      if (search.refusalOf(target) !== undefined && waiting.some(isBetter)) {
        search.passOver(target);
        waiting.push(target);
        continue;
      }
      const lastChance = !waiting.some(couldAnswer);
      for (const asked of await ask({ ...call, lastChance }, target, takeSecond)) {
        if (asked.outcome.type !== "failure") return asked.outcome;
        const failed = search.note(asked.target, asked.outcome, asked.lastChance);
        if (endsTheSearch(failed)) return failed;
      }
    }
    return search.secondPass(ordered.length === targets.length);
  };
}

const askAlone: Ask = async (call, target) => {
  return [{ target, outcome: await target.service(call), lastChance: call.lastChance }];
};

/** What one call has learned of its providers so far. */
class Search {
  readonly #call: Call;
  /** Of those that were asked. */
  readonly #failures: Failure[] = [];
  /** Of those that could not serve the call: unasked, or as was supposed before. */
  readonly #refusals: Failure[] = [];
  /** The last failure of each provider, in the order in which they were first asked. Made when there is one. */
  #lastOf: Map<string, Failure> | undefined;
  /** Those that were passed over for a better one; each is noted once. */
  #passedOver: Set<FailoverTarget> | undefined;
  /** What is known against providers, found out once of each: it may take a look at the whole conversation. */
  #known: Map<FailoverTarget, Refusal | undefined> | undefined;
  /** The last provider that failed for a moment without being told that it was the last chance. */
  #momentary: { target: FailoverTarget; failure: Failure } | undefined;
  /** The largest context that proved too small, in tokens; infinite when it is not known. */
  #tooSmall = 0;

  constructor(call: Call) {
    this.#call = call;
  }

  /** A prompt that was too long for one provider is only given to those known to take more. */
  knowsTooSmall(target: FailoverTarget): boolean {
    return this.#tooSmall > 0 && (target.contextTokens(this.#call) ?? 0) <= this.#tooSmall;
  }

  /** Why a provider cannot serve the call, where that is known or supposed without asking. */
  refusalOf(target: FailoverTarget): Refusal | undefined {
    if (target.refusal === undefined) return undefined;
    this.#known ??= new Map();
    if (!this.#known.has(target)) this.#known.set(target, target.refusal(this.#call));
    return this.#known.get(target);
  }

  /** Notes what a provider is known to lack for this call, as an attempt that was never sent. */
  isRefusedBy(target: FailoverTarget): boolean {
    const refusal = this.refusalOf(target);
    if (refusal === undefined || refusal.supposed) return false;
    this.#noteUnasked(target, refusal);
    this.#refusals.push(refusal.failure);
    this.#noteLast(target, refusal.failure);
    return true;
  }

  /** Notes that a provider is left for later since it is supposed not to be able to serve the call. */
  passOver(target: FailoverTarget): void {
    const refusal = this.refusalOf(target);
    if (refusal === undefined || this.#passedOver?.has(target)) return;
    this.#passedOver ??= new Set();
    this.#passedOver.add(target);
    this.#noteUnasked(target, refusal);
  }

  #noteLast({ provider }: FailoverTarget, failed: Failure): void {
    this.#lastOf ??= new Map();
    this.#lastOf.set(provider, failed);
  }

  #noteUnasked({ provider }: FailoverTarget, { failure: { kind: outcome, reason } }: Refusal): void {
    this.#call.trace.attempts.push({ provider, outcome, reason, ms: 0, totalMs: 0 });
  }

  note(target: FailoverTarget, outcome: Failure, lastChance: boolean): Failure {
    const failed = this.#fairly(outcome);
    this.#noteLast(target, failed);
    // What was supposed before proved true: that says nothing of what becomes of the call at the others.
    if (isTooLong(failed) && this.refusalOf(target) !== undefined) {
      this.#refusals.push(failed);
      return failed;
    }
    this.#failures.push(failed);
    if (isTooLong(failed)) {
      this.#tooSmall = Math.max(this.#tooSmall, target.contextTokens(this.#call) ?? Number.POSITIVE_INFINITY);
    }
    if (isMomentary(failed)) this.#momentary = lastChance ? undefined : { target, failure: failed };
    return failed;
  }

  /** @param isWhole whether all providers of the group might have been asked */
  async secondPass(isWhole: boolean): Promise<Outcome> {
    if (this.#momentary === undefined) return this.#summary(isWhole);
    const { target, failure: earlier } = this.#momentary;
    const outcome = await target.service({ ...this.#call, lastChance: true, earlier: { tries: 1, failure: earlier } });
    if (outcome.type !== "failure" || endsTheSearch(outcome)) return outcome;
    this.#failures.push(outcome);
    this.#noteLast(target, outcome);
    return this.#summary(isWhole);
  }

  /**
   * A stand-in that does not know the model is a gap in the route, not the caller's fault: the provider that does
   * know it was only busy.
   */
  #fairly(failed: Failure): Failure {
    if (failed.kind !== "caller" || failed.reason !== "model-not-found") return failed;
    return this.#failures.some(isMomentary) ? { ...failed, kind: "incompatible", passed: undefined } : failed;
  }

  /**
   * The failure that says most: of the last provider that was really asked, with the soonest Retry-After of all and
   * each provider's own reason. That one cannot serve such a call says nothing of what became of it at the others.
   */
  #summary(isWhole: boolean): Failure {
    const told = this.#mostSaid(isWhole);
    // A caller's own fault is passed on as it is; nobody asks what the others said.
    return told.kind === "caller" ? told : { ...told, rungs: reasonsOf(this.#lastOf ?? new Map()) };
  }

  #mostSaid(isWhole: boolean): Failure {
    const said = this.#failures.length > 0 ? this.#failures : this.#refusals;
    const tooLong = said.find(isTooLong);
    if (tooLong !== undefined) return tooLong;
    const told = said.findLast((failed) => failed.kind !== "rejected") ?? said.at(-1);
    if (told === undefined) return nobodyToAsk(this.#call);
    // Refused alike by all, as it is or as it was made for each: waiting does not help, whoever changes the request does.
    // A rung below may still answer it.
    const isCallers = isWhole && [...this.#failures, ...this.#refusals].every(refusesRequest);
    if (isCallers) return { ...told, code: "invalid_request", retryAfterMs: undefined };
    const waits = this.#failures.flatMap(({ retryAfterMs }) => retryAfterMs ?? []);
    return { ...told, retryAfterMs: waits.length > 0 ? Math.min(...waits) : undefined };
  }
}

/**
 * Avoided providers come last, so that they are asked only when no other is left. For the rest of a broken answer only
 * those count that can give it.
 */
function inOrder(all: readonly FailoverTarget[], call: Call): readonly FailoverTarget[] {
  const isRest = call.request.continuation !== undefined;
  const able = isRest ? all.filter((target) => target.continues?.(call) ?? true) : all;
  const targets = call.withoutSpending ? able.filter((target) => target.spends?.(call) === false) : able;
  if (call.avoid.length === 0) return targets;
  const avoided = (target: FailoverTarget) => call.avoid.includes(target.provider);
  return [...targets.filter((target) => !avoided(target)), ...targets.filter(avoided)];
}

/** Each provider is a rung of the route's ladder, and its caller is told what became of it. */
function reasonsOf(failures: ReadonlyMap<string, Failure>): RungReason[] {
  return [...failures].map(([rung, { kind, reason, message }]) => ({ rung, kind, reason, message }));
}

function nobodyToAsk({ withoutSpending }: Call): Failure {
  return withoutSpending
    ? failure("rejected", "soft-budget", "A budget's soft limit is reached, and asking a provider here costs money.")
    : failure("rejected", "no-provider", "No provider of the group could be asked.");
}

function isMomentary({ kind }: Failure): boolean {
  return kind === "overloaded" || kind === "fault";
}
