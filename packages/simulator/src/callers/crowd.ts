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
  arrivals: readonly Arrival[],
  clock: Clock,
  ask: (index: number, arrival: Arrival) => Promise<unknown>,
): Crowd {
  const finished = Promise.withResolvers<void>();
  let next = 0;
  let open = 0;
  let timer: Timer | undefined;
  let stopped = false;
  const settle = () => {
    if (open === 0 && (stopped || next >= arrivals.length)) finished.resolve();
  };
  const step = () => {
    timer = undefined;
    for (;;) {
      const arrival = arrivals[next];
      if (arrival === undefined || stopped) return settle();
      const wait = arrival.atMs - clock.now();
      if (wait > 0) {
        timer = clock.schedule(wait, step);
        return;
      }
      const index = next++;
      open++;
      const ended = () => {
        open--;
        settle();
      };
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

/** A closed crowd: each user asks again only after the answer, and a time to read it. */
export function closedCrowd(
  arrivals: readonly Arrival[],
  { users, thinkMs }: Population,
  durationMs: number,
  clock: Clock,
  random: Random,
  ask: (index: number, arrival: Arrival) => Promise<unknown>,
): Crowd {
  let next = 0;
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
      const arrival = arrivals[next];
      if (stopped || arrival === undefined || clock.now() >= durationMs) return;
      await ask(next++, arrival);
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
