import type { Call } from "../../call.ts";
import type { Clock } from "../../clock.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import { type Layer, type Service, withReady } from "../../service.ts";

/** The failure of a call whose time is up. */
export function deadlineFailure(): Failure {
  return failure("deadline", "deadline", "The deadline passed before an answer came.");
}

/**
 * Gives the outcome of a call, or a `deadline` failure at the call's deadline, or the signal's failure when it
 * aborts: whichever comes first. What comes later is cancelled, so that a service that ignores its signal (a
 * handler function, say) can neither delay the caller nor leak an answer.
 */
export function deadline(clock: Clock): Layer {
  return (next) => {
    const { ready } = next;
    return withReady(
      (call) => within(call, next, clock),
      // Nothing is waited for where nothing can come too late.
      ready && ((call) => (call.signal.aborted || call.deadline <= clock.now() ? undefined : ready(call))),
    );
  };
}

/** Runs one service for a call within the call's deadline; see {@link deadline}. */
export function within(call: Call, service: Service, clock: Clock): Promise<Outcome> {
  const remaining = call.deadline - clock.now();
  if (call.signal.aborted) return Promise.resolve(failureOf(call.signal));
  if (remaining <= 0) return Promise.resolve(deadlineFailure());
  return new Promise((resolve, reject) => {
    const scope = new AbortController();
    let stopped: Failure | undefined;
    const release = () => {
      timer.cancel();
      call.signal.removeEventListener("abort", onAbort);
    };
    const stop = (reason: Failure) => {
      stopped = reason;
      release();
      scope.abort(reason);
      resolve(reason);
    };
    const onAbort = () => stop(failureOf(call.signal));
    const timer = clock.schedule(remaining, () => stop(deadlineFailure()));
    call.signal.addEventListener("abort", onAbort, { once: true });
    service({ ...call, signal: scope.signal }).then(
      (outcome) => {
        if (stopped === undefined) {
          release();
          resolve(outcome);
        } else if (outcome.type === "answer") outcome.stream.cancel(stopped);
      },
      (error: unknown) => {
        release();
        reject(error);
      },
    );
  });
}
