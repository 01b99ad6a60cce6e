import type { Call } from "../../call.ts";
import { rendezvousScore } from "../../kernels/rendezvous.ts";
import type { Random } from "../../random.ts";
import type { AccountState } from "./account-state.ts";
import { BOUNDED_LOAD, COMPARE_ALL_UP_TO, MISTRUST_MS, UNMEASURED_SHARE } from "./defaults.ts";

/** One account as the choice sees it. */
export interface Candidate {
  readonly state: AccountState;
  /** Its share of the calls, against the other accounts' weights; above 0. */
  readonly weight?: number | undefined;
}

/** What the choice depends on beside the accounts. */
export interface ChoiceContext {
  /** What calls that shall stay together share. Asked for only where there is a choice. */
  affinity(call: Call): number;
  readonly call: Call;
  /** Rough cost of the call in tokens. */
  readonly tokens: number;
  readonly nowMs: number;
  readonly random: Random;
}

/**
 * The account for a call: the one that its prompt and session belong to (weighted rendezvous hashing) while that has
 * room below 1.25 times its fair share; else the least loaded of those with room, by tokens in flight times the time
 * that its first tokens take.
 *
 * Two things move a call away from its account though there is room: it failed a moment ago, or nothing is known of
 * it yet while others are known.
 */
export function chooseTarget<Target extends Candidate>(
  candidates: readonly Target[],
  context: ChoiceContext,
): Target | undefined {
  if (candidates.length < 2) return candidates[0];
  const share = fairShares(candidates);
  const calls = candidates.reduce((sum, { state }) => sum + state.inFlight, 1);
  const roomy = candidates.filter((target) => target.state.inFlight < loadBound(share(target) * calls));
  const key = context.affinity(context.call);
  const score = ({ state, weight = 1 }: Target) => rendezvousScore(key, state.id, weight);
  const own = best(candidates, score);
  if (own === undefined) return undefined;
  const others = roomy.filter((target) => target !== own);
  const hasRoom = others.length < roomy.length;
  if (hasRoom && (others.length === 0 || isTrusted(own, share(own), others, context))) return own;
  return leastLoaded(others, context);
}

/** The most calls that each may have in flight, so that at least one of them always has room. */
export function loadBound(fairShare: number): number {
  // The whole number above the fair share is always allowed: else nobody might have room. Sums of weights are inexact.
  return Math.max(Math.ceil(fairShare - 1e-9), Math.floor(BOUNDED_LOAD * fairShare + 1e-9));
}

/** The share of all calls that is due to each account. */
function fairShares(candidates: readonly Candidate[]): (target: Candidate) => number {
  const weights = candidates.reduce((sum, { weight = 1 }) => sum + weight, 0);
  return ({ weight = 1 }) => weight / weights;
}

function isTrusted(
  own: Candidate,
  fairShare: number,
  others: readonly Candidate[],
  { nowMs, random }: ChoiceContext,
): boolean {
  const failedLately = ({ state }: Candidate) => nowMs - state.failedAt < MISTRUST_MS;
  if (failedLately(own) && !others.every(failedLately)) return false;
  const isMeasured = ({ state }: Candidate) => state.firstToken.measured;
  return isMeasured(own) || !others.some(isMeasured) || random.next() * fairShare < UNMEASURED_SHARE;
}

function leastLoaded<Target extends Candidate>(others: readonly Target[], context: ChoiceContext): Target | undefined {
  const { nowMs, tokens, random } = context;
  const compared = others.length > COMPARE_ALL_UP_TO ? twoOf(others, random) : others;
  const speed = ({ state }: Target) => state.firstToken.value(nowMs);
  // Nothing is known of it, so it is not taken to be faster than those that are.
  const slowest = Math.max(...compared.map(speed));
  const load = (target: Target) => {
    const firstTokenMs = target.state.firstToken.measured ? speed(target) : slowest;
    return ((target.state.inFlightTokens + tokens) * firstTokenMs) / (target.weight ?? 1);
  };
  return best(compared, (target) => -load(target));
}

function twoOf<Target>(targets: readonly Target[], random: Random): readonly Target[] {
  const first = Math.floor(random.next() * targets.length);
  const second = Math.floor(random.next() * (targets.length - 1));
  return targets.filter((_, index) => index === first || index === (second < first ? second : second + 1));
}

/** The first of those with the highest score. */
function best<Target>(targets: readonly Target[], score: (target: Target) => number): Target | undefined {
  let winner: { target: Target; score: number } | undefined;
  for (const target of targets) {
    const scored = score(target);
    if (winner === undefined || scored > winner.score) winner = { target, score: scored };
  }
  return winner?.target;
}
