import type { Call } from "../../call.ts";
import type { Clock } from "../../clock.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Layer, Service } from "../../service.ts";

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
  return (next) => (call) => within(call, next, clock);
}

/** Runs one service for a call within the call's deadline; see {@link deadline}. */
export async function within(call: Call, service: Service, clock: Clock): Promise<Outcome> {
  const remaining = call.deadline - clock.now();
  if (call.signal.aborted) return failureOf(call.signal);
  if (remaining <= 0) return deadlineFailure();

  const scope = new AbortController();
  const stopped = Promise.withResolvers<Failure>();
  const stop = (reason: Failure) => {
    scope.abort(reason);
    stopped.resolve(reason);
  };
  const onAbort = () => stop(failureOf(call.signal));
  const timer = clock.schedule(remaining, () => stop(deadlineFailure()));
  call.signal.addEventListener("abort", onAbort, { once: true });
  try {
    const running = service({ ...call, signal: scope.signal });
    const outcome = await Promise.race([running, stopped.promise]);
    if (scope.signal.aborted) discardLate(running, failureOf(scope.signal));
    return scope.signal.aborted ? failureOf(scope.signal) : outcome;
  } finally {
    timer.cancel();
    call.signal.removeEventListener("abort", onAbort);
  }
}

/** Cancels the answer of a service that came after nobody wanted it any more. */
function discardLate(running: Promise<Outcome>, reason: Failure): void {
  void running.then((late) => {
    if (late.type === "answer") late.stream.cancel(reason);
  });
}
