import type { Clock } from "../engine/index.ts";

/** The result of a promise that never rejects, or undefined when it takes longer than `ms`. */
export function within<T>(clock: Clock, ms: number, promise: Promise<T>): Promise<T | undefined> {
  const first = Promise.withResolvers<T | undefined>();
  const timer = clock.schedule(ms, () => first.resolve(undefined));
  void promise.then((value) => {
    timer.cancel();
    first.resolve(value);
  });
  return first.promise;
}
