import { onEnding } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Service } from "../../service.ts";
import { ISOLATION_MS } from "./defaults.ts";

/** What is remembered of one account (key) of a provider; shared by all routes that use it. */
export interface AccountState {
  /** Names the key, never the key itself. */
  readonly id: string;
  /** Until when the provider's refusal of this key is taken as final, on the engine's clock (ms). */
  isolatedUntil: number;
  /** Calls whose streams have not ended. */
  inFlight: number;
}

/** A fresh account. */
export function newAccountState(id: string): AccountState {
  return { id, isolatedUntil: Number.NEGATIVE_INFINITY, inFlight: 0 };
}

/** One account and the service that asks it. */
export interface BalanceTarget {
  readonly state: AccountState;
  readonly service: Service;
  /** Whether its breaker would let a call through. */
  available(call: Call): boolean;
}

/** A provider's accounts as one service. */
export interface Balance {
  readonly service: Service;
  available(call: Call): boolean;
}

/**
 * Picks the least busy usable account of a provider for every attempt. An account whose key is refused is isolated
 * alone, with an alert, and the next account is asked at once: a bad key is not the provider's fault.
 */
export function balance(
  provider: string,
  targets: readonly BalanceTarget[],
  { clock, emit }: EngineEnvironment,
): Balance {
  if (targets.length === 0) throw new RangeError(`Provider ${provider} needs at least one account.`);
  const usable = () => targets.filter(({ state }) => clock.now() >= state.isolatedUntil);

  const service: Service = async (call) => {
    const asked = new Set<BalanceTarget>();
    let refused: Failure | undefined;
    for (;;) {
      const target = pick(
        usable().filter((candidate) => !asked.has(candidate)),
        call,
      );
      if (target === undefined) return refused ?? allIsolated(provider, targets, clock.now());
      asked.add(target);
      const outcome = await counted(target.state, () => target.service(call));
      // A key that the caller brought says nothing of ours, and must not shut out the other callers.
      if (outcome.type !== "failure" || outcome.kind !== "credential" || call.callerKey !== undefined) return outcome;
      refused = outcome;
      target.state.isolatedUntil = clock.now() + ISOLATION_MS;
      emit?.({ type: "account-isolated", provider, account: target.state.id, failure: outcome });
    }
  };
  return { service, available: (call) => usable().some((target) => target.available(call)) };
}

/** The least busy account, among those whose breaker lets through where there are any. */
function pick(candidates: readonly BalanceTarget[], call: Call): BalanceTarget | undefined {
  const open = candidates.filter((target) => target.available(call));
  const choice = open.length > 0 ? open : candidates;
  return choice.reduce<BalanceTarget | undefined>(
    (best, target) => (best === undefined || target.state.inFlight < best.state.inFlight ? target : best),
    undefined,
  );
}

/** Counts a call as in flight until its stream has ended. */
async function counted(state: AccountState, run: () => Promise<Outcome>): Promise<Outcome> {
  state.inFlight++;
  const outcome = await run();
  if (outcome.type !== "answer") {
    state.inFlight--;
    return outcome;
  }
  const stream = onEnding(outcome.stream, () => {
    state.inFlight--;
  });
  return { ...outcome, stream };
}

function allIsolated(provider: string, targets: readonly BalanceTarget[], nowMs: number): Failure {
  const retryAfterMs = Math.max(0, Math.min(...targets.map(({ state }) => state.isolatedUntil)) - nowMs);
  return failure(
    "credential",
    "account-isolated",
    `${provider} refused its key earlier; check the key and the balance.`,
    {
      provider,
      retryAfterMs,
    },
  );
}
