import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { estimateTokens } from "../../estimate-tokens.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import { atLeastRetryAfter, type Backoff, backoffDelay } from "../../kernels/backoff.ts";
import type { TokenBudget } from "../../kernels/token-budget.ts";
import type { Outcome } from "../../outcome.ts";
import type { Layer, Service } from "../../service.ts";
import { BUDGET_RETRY_AFTER_MS } from "./defaults.ts";

/** How a route tries one provider again. */
export interface RetryOptions extends Backoff {
  /** Name of the provider below. */
  readonly provider: string;
  /** Tries of this provider per call, the first included. */
  readonly attempts: number;
  /** `when-last`: only when no other provider could answer. `always`: before any other is asked. */
  readonly same: "when-last" | "always";
  /** What extra attempts are paid from, shared by all routes that use the provider; undefined allows all. */
  readonly budget: TokenBudget | undefined;
}

/** The failures of a connection that never carried an answer: the next connection may be sound. */
const LOST_CONNECTIONS: ReadonlySet<string> = new Set(["connection-lost", "connection-reset"]);

/**
 * Tries the same provider again, with a growing, jittered delay that a Retry-After can only lengthen.
 *
 * Nothing is tried again after commit, nor what is the caller's fault, nor beyond the deadline: when the wait would
 * outlast it, the failure goes up at once, so that the next rung still has the time.
 */
export function retry(options: RetryOptions, environment: EngineEnvironment): Layer {
  return (next) => async (call) => {
    const cost = estimateTokens(call.request);
    return (
      charge(call, cost, options, environment.clock.now()) ?? tryRepeatedly(call, cost, next, options, environment)
    );
  };
}

async function tryRepeatedly(
  call: Call,
  cost: number,
  next: Service,
  options: RetryOptions,
  environment: EngineEnvironment,
): Promise<Outcome> {
  let failed = call.earlier?.failure;
  let tries = call.earlier?.tries ?? 0;
  let delayMs = 0;
  for (;;) {
    if (failed !== undefined) {
      if (tries >= options.attempts || !mayTryAgain(call, failed, tries, options)) return failed;
      delayMs = reconnects(failed, tries) ? 0 : backoffDelay(options, tries, delayMs, environment.random);
      const stopped = await pause(call, failed, delayMs, cost, options, environment);
      if (stopped !== undefined) return stopped;
    }
    const outcome = await next(call);
    if (tries === 0) deposit(call, cost, outcome, options, environment.clock.now());
    if (outcome.type !== "failure") return outcome;
    // Our own refusal after a real failure says less than that failure did.
    if (failed !== undefined && outcome.kind === "rejected") return failed;
    failed = outcome;
    tries++;
  }
}

/** Waits before another try and pays for it; gives the failure to report when that is too late or too dear. */
async function pause(
  call: Call,
  failed: Failure,
  delayMs: number,
  cost: number,
  options: RetryOptions,
  { clock, random, emit }: EngineEnvironment,
): Promise<Failure | undefined> {
  const { provider } = options;
  const waitMs = atLeastRetryAfter(delayMs, failed.retryAfterMs, random);
  const why = refuse(call, waitMs, cost, options, clock.now());
  if (why !== undefined) {
    emit?.({ type: "retry-refused", call, provider, why });
    return failed;
  }
  emit?.({ type: "retry-scheduled", call, provider, delayMs: waitMs });
  const waited = waitMs === 0 || (await sleep(clock, waitMs, call.signal));
  return waited ? undefined : failureOf(call.signal);
}

/** Whether a try after this wait is too late or too dear; withdraws its cost when it is not. */
function refuse(
  call: Call,
  waitMs: number,
  cost: number,
  { budget }: RetryOptions,
  nowMs: number,
): "deadline" | "budget" | undefined {
  if (nowMs + waitMs >= call.deadline) return "deadline";
  if (budget !== undefined && !budget.withdraw(nowMs, cost)) return "budget";
  return undefined;
}

/** Books what a call sends beyond what was asked for first: a debit, or a withdrawal that may be refused. */
function charge(call: Call, cost: number, { provider, budget }: RetryOptions, nowMs: number): Failure | undefined {
  if (budget === undefined || call.earlier !== undefined) return undefined;
  if (call.extra) {
    // A reader has the beginning of the answer: its rest must not be refused because others were asked for twice.
    if (budget.withdraw(nowMs, cost, call.request.continuation !== undefined)) return undefined;
    return failure("rejected", "retry-budget-spent", `The retry budget of ${provider} is spent.`, {
      provider,
      retryAfterMs: BUDGET_RETRY_AFTER_MS,
    });
  }
  if (call.callerRetries > 0) budget.debit(nowMs, cost);
  return undefined;
}

/**
 * Books the first attempt of a call once it has been sent. What a breaker or a limit of ours has refused is no traffic:
 * were it counted, then retries would have a tenth of what is asked of a busy provider, and not of what it gets.
 */
function deposit(call: Call, cost: number, outcome: Outcome, { budget }: RetryOptions, nowMs: number): void {
  if (call.extra || call.callerRetries > 0) return;
  if (outcome.type === "failure" && outcome.kind === "rejected") return;
  budget?.deposit(nowMs, cost);
}

function mayTryAgain(call: Call, failed: Failure, tries: number, options: RetryOptions): boolean {
  if (failed.committed) return false;
  if (reconnects(failed, tries)) return true;
  if (failed.kind !== "overloaded" && failed.kind !== "fault") return false;
  return options.same === "always" || call.lastChance;
}

/** A first connection was lost before a byte came (a stale kept-alive one, say): another is tried at once. */
function reconnects(failed: Failure, tries: number): boolean {
  return tries === 1 && failed.beforeAnyByte === true && LOST_CONNECTIONS.has(failed.reason);
}
