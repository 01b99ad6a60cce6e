import { type AnswerEvent, type AnswerStream, type Batch, type Ending, streamOf, WHOLE } from "../../answer-stream.ts";
import type { Clock, Timer } from "../../clock.ts";

/**
 * A stored answer as a stream: all at once, or an event at a time.
 * @param paceMs between events; 0: all at once
 */
export function replayedStream(events: readonly AnswerEvent[], clock: Clock, paceMs: number): AnswerStream {
  return paceMs === 0 || events.length < 2 ? streamOf(events) : pacedStream(events, clock, paceMs);
}

function pacedStream(events: readonly AnswerEvent[], clock: Clock, paceMs: number): AnswerStream {
  let index = 0;
  let dueAt = clock.now();
  let ending: Ending | undefined;
  let pending: { readonly resolve: (next: Batch | Ending) => void; readonly timer: Timer } | undefined;
  const next = (): Batch | Ending => {
    const event = events[index++];
    dueAt = clock.now() + paceMs;
    if (event !== undefined) return { type: "batch", events: [event] };
    ending = WHOLE;
    return ending;
  };
  return {
    read() {
      if (ending !== undefined) return Promise.resolve(ending);
      const waitMs = dueAt - clock.now();
      if (waitMs <= 0 || index >= events.length) return Promise.resolve(next());
      const { promise, resolve } = Promise.withResolvers<Batch | Ending>();
      const timer = clock.schedule(waitMs, () => {
        pending = undefined;
        resolve(next());
      });
      pending = { resolve, timer };
      return promise;
    },
    cancel(reason) {
      if (ending !== undefined) return;
      ending = { type: "ending", failure: reason };
      pending?.timer.cancel();
      pending?.resolve(ending);
    },
  };
}
