import type { AnswerEvent, AnswerStream } from "../../answer-stream.ts";
import { EventLog } from "../../event-log.ts";
import { MOST_STORED_LENGTH } from "./defaults.ts";

/** Why an answer is not recorded to its end: it is too long, or it ended in a way that is not stored. */
export type NotRecorded = "too-long" | "ending";

/** Who a recording is for. */
export interface Recording {
  /** Whether an event lets the answer be stored. */
  allows(event: AnswerEvent): boolean;
  /** The answer has ended whole: what came of it. Called once at most. */
  keep(log: EventLog): void;
  /** It is recorded no further, and nothing is kept. Called once at most. */
  giveUp(why: NotRecorded): void;
}

/**
 * The same stream, recorded until it has ended whole. As soon as it is clear that an answer will not be stored (it is
 * longer than {@link MOST_STORED_LENGTH}, or an event forbids it), nothing of it is held any more.
 */
export function recordedStream(stream: AnswerStream, recording: Recording): AnswerStream {
  let log: EventLog | undefined = new EventLog();
  const giveUp = (why: NotRecorded) => {
    log = undefined;
    recording.giveUp(why);
  };
  return {
    async read() {
      const next = await stream.read();
      if (log === undefined) return next;
      if (next.type === "ending") {
        const recorded = log;
        log = undefined;
        if (next.failure === undefined && recorded.length > 0) recording.keep(recorded);
        return next;
      }
      for (const event of next.events) {
        // A mere piece of a text ends nothing: it need not be looked at.
        if (event.piece === undefined && !recording.allows(event)) {
          giveUp("ending");
          return next;
        }
        log.add(event);
      }
      if (log.length > MOST_STORED_LENGTH) giveUp("too-long");
      return next;
    },
    cancel(reason) {
      log = undefined;
      stream.cancel(reason);
    },
  };
}
