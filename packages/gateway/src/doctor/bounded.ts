import { type Clock, type Failure, failure, failureOf } from "tideover/engine";

/** The reason of a failure by which a bound ends work. */
export const TOO_SLOW = "too-slow";

/** Gives work a signal that aborts after a time, or when the outer one does; the reason is always a Failure. */
export async function bounded<Result>(
  clock: Clock,
  ms: number,
  outer: AbortSignal,
  work: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const scope = new AbortController();
  const pass = () => scope.abort(failureOf(outer));
  if (outer.aborted) pass();
  outer.addEventListener("abort", pass, { once: true });
  const timer = clock.schedule(ms, () => scope.abort(tooSlow(ms)));
  try {
    return await work(scope.signal);
  } finally {
    timer.cancel();
    outer.removeEventListener("abort", pass);
  }
}

function tooSlow(ms: number): Failure {
  return failure("overloaded", TOO_SLOW, `No answer within ${ms / 1_000} s.`);
}
