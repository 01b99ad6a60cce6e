import { onEnding } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { estimateTokens } from "../../estimate-tokens.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { SILENT_UNTIL_DEADLINE } from "../attempt/defaults.ts";
import type { AccountState } from "./account-state.ts";
import { affinityKey } from "./affinity-key.ts";
import { type Candidate, chooseTarget } from "./choose-target.ts";
import { FAILURE_PENALTY_MS, ISOLATION_MS, MISTRUST_MS } from "./defaults.ts";

/** One account and the service that asks it. */
export interface BalanceTarget extends Candidate {
  readonly service: Service;
  /** Whether its breaker would let a call through. */
  available(call: Call): boolean;
  /** Whether its breaker is closed and its limit does not shrink; absent: it is. */
  isSteady?(call: Call): boolean;
  /** It is in another region than we are: asked when those of ours are not there or in trouble. Default: false. */
  readonly isFar?: boolean | undefined;
}

/** A provider's accounts as one service. */
export interface Balance {
  readonly service: Service;
  available(call: Call): boolean;
  /** Whether all its usable accounts are steady, so that extra calls do no harm. */
  isSteady(call: Call): boolean;
}

/**
 * Picks an account of a provider for every attempt: calls that begin alike go to the same one while it has room, the
 * others to the least loaded. An account whose key is refused is isolated alone, with an alert, and the next account
 * is asked at once, as it is when a limit of ours refuses the call: neither is the provider's fault.
 *
 * @throws RangeError for no accounts, or for a weight that is not positive
 */
export function balance(provider: string, targets: readonly BalanceTarget[], environment: EngineEnvironment): Balance {
  validate(provider, targets);
  const { clock, random, emit } = environment;
  const usable = () => targets.filter(({ state }) => clock.now() >= state.isolatedUntil);

  const service: Service = async (call) => {
    const tokens = estimateTokens(call.request);
    const asked = new Set<BalanceTarget>();
    let refused: Failure | undefined;
    for (;;) {
      const left = usable().filter((candidate) => !asked.has(candidate));
      const open = left.filter((target) => target.available(call));
      // After a refusal of our own only those are asked that would take the call.
      const candidates = open.length > 0 || refused?.kind === "rejected" ? open : left;
      const target = chooseTarget(nearer(candidates, call, clock.now()), {
        affinity: affinityKey,
        call,
        tokens,
        nowMs: clock.now(),
        random,
      });
      if (target === undefined) return refused ?? allIsolated(provider, targets, clock.now());
      asked.add(target);
      const outcome = await counted(target, call, tokens, environment);
      if (outcome.type !== "failure") return outcome;
      // A key that the caller brought says nothing of ours, and must not shut out the other callers.
      const isBadKey = outcome.kind === "credential" && call.callerKey === undefined;
      if (!isBadKey && outcome.kind !== "rejected") return outcome;
      refused = outcome;
      if (!isBadKey) continue;
      target.state.isolatedUntil = clock.now() + ISOLATION_MS;
      emit?.({ type: "account-isolated", provider, account: target.state.id, failure: outcome });
    }
  };
  return {
    service,
    available: (call) => usable().some((target) => target.available(call)),
    isSteady: (call) => usable().every((target) => target.isSteady?.(call) ?? true),
  };
}

/**
 * The accounts of our own region, as long as one of them is steady and has not failed lately; all of them where there
 * is none: an answer from far away is better than none.
 */
function nearer(candidates: readonly BalanceTarget[], call: Call, nowMs: number): readonly BalanceTarget[] {
  if (!candidates.some(({ isFar }) => isFar === true)) return candidates;
  const sound = candidates.filter(
    (target) =>
      target.isFar !== true && nowMs - target.state.failedAt >= MISTRUST_MS && (target.isSteady?.(call) ?? true),
  );
  return sound.length > 0 ? sound : candidates;
}

/** Counts a call as in flight until its stream has ended, and notes how the account did. */
async function counted(
  { state, service }: BalanceTarget,
  call: Call,
  tokens: number,
  { clock }: EngineEnvironment,
): Promise<Outcome> {
  const startedAt = clock.now();
  const settle = () => {
    state.inFlight--;
    state.inFlightTokens -= tokens;
  };
  state.inFlight++;
  state.inFlightTokens += tokens;
  const outcome = await service(call);
  const now = clock.now();
  if (outcome.type !== "answer") {
    settle();
    if (outcome.type === "failure") noteFailure(state, outcome, now, now - startedAt);
    return outcome;
  }
  state.failedAt = Number.NEGATIVE_INFINITY;
  state.firstToken.add(now, now - startedAt);
  const stream = onEnding(outcome.stream, ({ failure: broken }) => {
    settle();
    if (broken !== undefined) noteFailure(state, broken, clock.now(), 0);
  });
  return { ...outcome, stream };
}

/** @param waitedMs how long no content came */
function noteFailure(state: AccountState, { kind, reason }: Failure, nowMs: number, waitedMs: number): void {
  if (kind === "overloaded" || kind === "fault" || reason === SILENT_UNTIL_DEADLINE) {
    state.failedAt = nowMs;
    state.firstToken.add(nowMs, Math.max(FAILURE_PENALTY_MS, waitedMs));
  } else if (waitedMs > state.firstToken.value(nowMs)) {
    // Somebody stopped waiting: the first token would have come later still.
    state.firstToken.add(nowMs, waitedMs);
  }
}

function allIsolated(provider: string, targets: readonly BalanceTarget[], nowMs: number): Failure {
  const retryAfterMs = Math.max(0, Math.min(...targets.map(({ state }) => state.isolatedUntil)) - nowMs);
  return failure(
    "credential",
    "account-isolated",
    `${provider} refused its key earlier; check the key and the balance.`,
    { provider, retryAfterMs },
  );
}

function validate(provider: string, targets: readonly BalanceTarget[]): void {
  if (targets.length === 0) throw new RangeError(`Provider ${provider} needs at least one account.`);
  for (const { state, weight = 1 } of targets) {
    if (!(weight > 0 && Number.isFinite(weight))) {
      throw new RangeError(`The account ${state.id} of ${provider} needs a weight > 0, got ${weight}`);
    }
  }
}
