import type { AnswerStream, Batch, Ending } from "../engine/answer-stream.ts";
import type { Clock } from "../engine/clock.ts";
import type { Failure } from "../engine/failure.ts";
import type { JsonObject } from "../engine/json.ts";
import type { Outcome } from "../engine/outcome.ts";
import { unfold } from "../wire/index.ts";
import { MOST_STREAM_LOG_LENGTH, MOST_STREAM_LOGS, STREAM_LOG_KEPT_MS } from "./defaults.ts";

/** The chunks of an answer that a job of this process makes, for whoever reads along. */
export interface StreamLog {
  /** Every chunk so far, in order. */
  readonly chunks: readonly JsonObject[];
  /** How the making ended: `lost` where no more is known than that these chunks are not all. */
  readonly ended: "whole" | "lost" | undefined;
}

class GrowingLog implements StreamLog {
  readonly chunks: JsonObject[] = [];
  ended: StreamLog["ended"];
  length = 0;
}

/**
 * Keeps the chunks of answers that are made as jobs and read while they are made, and for a while after that. What is
 * kept has a cap, in number and in size; what does not fit is only to be had whole, when the job has ended.
 */
export class StreamLogs {
  readonly #logs = new Map<string, GrowingLog>();
  readonly #clock: Clock;
  readonly #changed: (id: string) => void;

  /** @param changed told of the job whose log has grown or ended */
  constructor(clock: Clock, changed: (id: string) => void) {
    this.#clock = clock;
    this.#changed = changed;
  }

  /** The log of a job; undefined where this process has none (any more). */
  find(id: string): StreamLog | undefined {
    return this.#logs.get(id);
  }

  /** The same outcome, with its chunks written down as they are read; one that is no answer ends the log. */
  record(id: string, outcome: Outcome): Outcome {
    const log = this.#begin(id);
    if (log === undefined) return outcome;
    if (outcome.type !== "answer") {
      this.#end(id, log, "lost");
      return outcome;
    }
    const { stream } = outcome;
    return { ...outcome, stream: this.#recorded(id, log, stream) };
  }

  #begin(id: string): GrowingLog | undefined {
    if (this.#logs.size >= MOST_STREAM_LOGS && !this.#forgetEnded()) return undefined;
    const log = new GrowingLog();
    this.#logs.set(id, log);
    return log;
  }

  /** Makes room by the log that ended first. */
  #forgetEnded(): boolean {
    const ended = [...this.#logs].find(([, log]) => log.ended !== undefined);
    if (ended === undefined) return false;
    this.#logs.delete(ended[0]);
    return true;
  }

  #recorded(id: string, log: GrowingLog, stream: AnswerStream): AnswerStream {
    return {
      read: async () => {
        const next = await stream.read();
        this.#note(id, log, next);
        return next;
      },
      cancel: (reason: Failure) => {
        if (log.ended === undefined) this.#end(id, log, "lost");
        stream.cancel(reason);
      },
    };
  }

  #note(id: string, log: GrowingLog, next: Batch | Ending): void {
    if (log.ended !== undefined) return;
    if (next.type === "ending") {
      this.#end(id, log, next.failure === undefined ? "whole" : "lost");
      return;
    }
    for (const event of next.events) {
      const events = event.whole ? unfold(event.json, "chat") : [event];
      for (const { json, data } of events) {
        log.chunks.push(json);
        log.length += data.length;
      }
    }
    if (log.length > MOST_STREAM_LOG_LENGTH) {
      this.#logs.delete(id);
      this.#end(id, log, "lost");
    } else this.#changed(id);
  }

  #end(id: string, log: GrowingLog, how: "whole" | "lost"): void {
    log.ended = how;
    this.#changed(id);
    this.#clock.schedule(STREAM_LOG_KEPT_MS, () => {
      if (this.#logs.get(id) === log) this.#logs.delete(id);
    });
  }
}
