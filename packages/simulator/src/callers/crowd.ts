import type { Clock, Random, Timer } from "tideover/engine";
import type { Arrival } from "../arrivals/arrival.ts";
import type { Population } from "./caller-plan.ts";

/** Lets requests arrive, one after the other; `ask` is called for each. */
export interface Crowd {
  /** Settles when the last arrival has been asked and ended. */
  readonly done: Promise<void>;
  /** No further arrivals. */
  stop(): void;
}

/** An open crowd: requests come at their times, whatever became of those before. */
export function openCrowd(
  arrivals: Iterable<Arrival>,
  clock: Clock,
  ask: (index: number, arrival: Arrival) => Promise<unknown>,
): Crowd {
  const finished = Promise.withResolvers<void>();
  const coming = numbered(arrivals);
  let next = coming();
  let open = 0;
  let timer: Timer | undefined;
  let stopped = false;
  const settle = () => {
    if (open === 0 && (stopped || next === undefined)) finished.resolve();
  };
  const ended = () => {
    open--;
    settle();
  };
  const step = () => {
    timer = undefined;
    for (;;) {
      if (next === undefined || stopped) return settle();
      const { index, arrival } = next;
      const wait = arrival.atMs - clock.now();
      if (wait > 0) {
        timer = clock.schedule(wait, step);
        return;
      }
      next = coming();
      open++;
      ask(index, arrival).then(ended, finished.reject);
    }
  };
  step();
  return {
    done: finished.promise,
    stop: () => {
      stopped = true;
      timer?.cancel();
      settle();
    },
  };
}

/** The arrivals with their numbers, one at each call; undefined when there are no more. */
function numbered(arrivals: Iterable<Arrival>) {
  const iterator = arrivals[Symbol.iterator]();
  let index = 0;
  return (): { readonly index: number; readonly arrival: Arrival } | undefined => {
    const { done, value } = iterator.next();
    return done === true ? undefined : { index: index++, arrival: value };
  };
}

/** A closed crowd: each user asks again only after the answer, and a time to read it. */
export function closedCrowd(
  arrivals: Iterable<Arrival>,
  { users, thinkMs }: Population,
  durationMs: number,
  clock: Clock,
  random: Random,
  ask: (index: number, arrival: Arrival) => Promise<unknown>,
): Crowd {
  const coming = numbered(arrivals);
  let stopped = false;
  const pauses = new Set<() => void>();
  const pause = (ms: number) =>
    new Promise<void>((resolve) => {
      const end = () => {
        timer.cancel();
        pauses.delete(end);
        resolve();
      };
      const timer = clock.schedule(ms, end);
      pauses.add(end);
    });
  const think = () => -Math.log(1 - random.next()) * thinkMs;
  const user = async () => {
    await pause(think());
    for (;;) {
      const next = stopped || clock.now() >= durationMs ? undefined : coming();
      if (next === undefined) return;
      await ask(next.index, next.arrival);
      await pause(think());
    }
  };
  const all = Promise.all(Array.from({ length: users }, user));
  return {
    done: all.then(() => undefined),
    stop: () => {
      stopped = true;
      for (const end of [...pauses]) end();
    },
  };
}
