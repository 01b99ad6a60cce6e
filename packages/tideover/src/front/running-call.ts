import {
  type Call,
  type Clock,
  deadlineFailure,
  type Failure,
  failure,
  failureOf,
  type Outcome,
  readyOutcome,
  type Service,
} from "../engine/index.ts";
import { DEADLINE_GRACE_MS } from "./settings.ts";

/** A call on its way. */
export interface RunningCall {
  /**
   * What became of it, at the latest {@link DEADLINE_GRACE_MS} after its deadline. Never rejects. Whoever takes an
   * answer from it owns the answer's stream.
   */
  readonly outcome: Promise<Outcome>;
  /** The same outcome, where it was there at once. */
  readonly ready?: Outcome | undefined;
  /** The outcome is no longer wanted: it becomes this failure, unless it is there already. Idempotent. */
  cancel(reason: Failure): void;
}

/** The signal of a call that takes no time: nobody can be sooner. */
const NEVER = new AbortController().signal;

/**
 * Sends a call to a service and waits for the outcome, however the service behaves: one that throws becomes a `fault`,
 * one that ignores deadline and abort is left behind, and an answer that comes after that is cancelled.
 * @param onThrown told of what a service throws, which it must not do.
 */
export function runCall(
  service: Service,
  call: Omit<Call, "signal">,
  clock: Clock,
  onThrown: (error: unknown) => void,
): RunningCall {
  const ready = lookedUp(service, { ...call, signal: NEVER }, onThrown);
  if (ready !== undefined) return { outcome: Promise.resolve(ready), ready, cancel: () => undefined };
  const scope = new AbortController();
  const decided = Promise.withResolvers<Outcome>();
  let settled = false;
  const settle = (outcome: Outcome) => {
    settled = true;
    timer.cancel();
    decided.resolve(outcome);
  };
  const cancel = (reason: Failure) => {
    if (settled) return;
    settle(reason);
    scope.abort(reason);
  };
  const timer = clock.schedule(remainingMs(call, clock), () => cancel(deadlineFailure()));
  void invoke(service, { ...call, signal: scope.signal }, onThrown).then((outcome) => {
    if (!settled) settle(outcome);
    else if (outcome.type === "answer") outcome.stream.cancel(failureOf(scope.signal));
  });
  return { outcome: decided.promise, cancel };
}

/** How long the front waits for a call at most: until its deadline and the grace after it. In ms. */
export function remainingMs({ deadline }: Pick<Call, "deadline">, clock: Clock): number {
  return Math.max(0, deadline - clock.now()) + DEADLINE_GRACE_MS;
}

/** The failure of a caller that went away. */
export function callerGone(): Failure {
  return failure("cancelled", "caller-gone", "The caller cancelled the request.");
}

/** What an error that should not have been thrown is turned into; its text may say too much for a caller. */
export function internalFailure(): Failure {
  return failure("fault", "internal-error", "Something failed inside Tideover while it worked on this request.");
}

/**
 * Calls back once when a signal aborts, at once when it has.
 * @returns what takes the listener away again.
 */
export function onAbort(signal: AbortSignal, callback: (reason: Failure) => void): () => void {
  if (signal.aborted) {
    callback(failureOf(signal));
    return () => {};
  }
  const listener = () => callback(failureOf(signal));
  signal.addEventListener("abort", listener, { once: true });
  return () => signal.removeEventListener("abort", listener);
}

function lookedUp(service: Service, call: Call, onThrown: (error: unknown) => void): Outcome | undefined {
  try {
    return readyOutcome(service, call);
  } catch (error) {
    onThrown(error);
    return internalFailure();
  }
}

async function invoke(service: Service, call: Call, onThrown: (error: unknown) => void): Promise<Outcome> {
  try {
    return await service(call);
  } catch (error) {
    onThrown(error);
    return internalFailure();
  }
}
