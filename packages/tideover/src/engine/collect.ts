import { type AnswerEvent, streamOf } from "./answer-stream.ts";
import { type Failure, failure, failureOf } from "./failure.ts";
import type { Answer } from "./outcome.ts";

/** The longest answer that is held for an unstreamed caller, in UTF-16 code units of event text. */
export const MAX_COLLECTED_LENGTH = 32 * 1_024 * 1_024;

/**
 * Reads an answer to its end, for a caller who wants it in one piece.
 * @param signal gives up (and cancels the answer) when it aborts
 * @returns the same answer with all its events at hand, or the failure that cut it, with `committed` false: nothing of
 *   it has been shown to anybody
 */
export async function collect(answer: Answer, signal: AbortSignal): Promise<Answer | Failure> {
  const { stream } = answer;
  const onAbort = () => stream.cancel(failureOf(signal));
  if (signal.aborted) onAbort();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    const events: AnswerEvent[] = [];
    let length = 0;
    for (;;) {
      const next = await stream.read();
      if (next.type === "ending") {
        return next.failure === undefined
          ? { ...answer, stream: streamOf(events) }
          : { ...next.failure, committed: false };
      }
      for (const event of next.events) {
        events.push(event);
        length += event.frame?.length ?? event.data.length;
      }
      if (length > MAX_COLLECTED_LENGTH) {
        const tooLong = failure(
          "fault",
          "answer-too-long",
          `The answer is longer than ${MAX_COLLECTED_LENGTH} characters.`,
        );
        stream.cancel(tooLong);
        return tooLong;
      }
    }
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}
