import type { AnswerEvent, AnswerStream } from "../../answer-stream.ts";
import { MOST_STORED_LENGTH } from "./defaults.ts";

/**
 * The same stream; when it has ended whole, `keep` is given all its events, once. An answer longer than
 * {@link MOST_STORED_LENGTH} is not kept, and nothing of it is held from there on.
 */
export function recordedStream(
  stream: AnswerStream,
  keep: (events: readonly AnswerEvent[], length: number) => void,
): AnswerStream {
  let events: AnswerEvent[] | undefined = [];
  let length = 0;
  return {
    async read() {
      const next = await stream.read();
      if (events === undefined) return next;
      if (next.type === "ending") {
        const all = events;
        events = undefined;
        if (next.failure === undefined && all.length > 0) keep(all, length);
        return next;
      }
      for (const event of next.events) {
        events.push(event);
        length += event.frame?.length ?? event.data.length;
      }
      if (length > MOST_STORED_LENGTH) events = undefined;
      return next;
    },
    cancel(reason) {
      events = undefined;
      stream.cancel(reason);
    },
  };
}
