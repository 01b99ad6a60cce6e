import {
  type Answer,
  type AnswerEvent,
  type Clock,
  deadlineFailure,
  type Failure,
  type JsonObject,
  type Operation,
  type Usage,
} from "../engine/index.ts";
import { AnswerFolder } from "../wire/index.ts";
import { internalFailure } from "./running-call.ts";

/** A whole answer in one document. */
export interface FoldedAnswer {
  readonly type: "folded";
  /** Its JSON text: the provider's own, untouched, when it came as one document. */
  readonly text: string;
  readonly json: JsonObject;
  readonly usage?: Usage | undefined;
}

/** An answer that is being read to its end. */
export interface Folding {
  /** The whole answer, or why it never became whole. Never rejects. */
  readonly result: Promise<FoldedAnswer | Failure>;
  /** The answer is no longer wanted: its stream is cancelled and the result is this failure. Idempotent. */
  cancel(reason: Failure): void;
}

/**
 * Reads an answer to its ending and folds it into one document.
 * @param boundMs after which a stream that gives neither events nor an ending is given up.
 * @param onThrown told of what the stream or the folding throws, which neither may.
 */
export function foldAnswer(
  { stream }: Answer,
  operation: Operation,
  { clock, boundMs, onThrown }: { clock: Clock; boundMs: number; onThrown: (error: unknown) => void },
): Folding {
  const result = Promise.withResolvers<FoldedAnswer | Failure>();
  const finish = (value: FoldedAnswer | Failure) => {
    timer.cancel();
    result.resolve(value);
  };
  const cancel = (reason: Failure) => {
    finish(reason);
    stream.cancel(reason);
  };
  const timer = clock.schedule(boundMs, () => cancel(deadlineFailure()));
  void readAll(stream, operation).then(finish, (error: unknown) => {
    onThrown(error);
    cancel(internalFailure());
  });
  return { result: result.promise, cancel };
}

async function readAll(stream: Answer["stream"], operation: Operation): Promise<FoldedAnswer | Failure> {
  const folding = new EventFolding(operation);
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") return next.failure ?? folding.result();
    const failed = folding.add(next.events);
    if (failed === undefined) continue;
    stream.cancel(failed);
    return failed;
  }
}

/** Folds events that are all there into one document; a failure where they are too long for one. */
export function foldEvents(events: readonly AnswerEvent[], operation: Operation): FoldedAnswer | Failure {
  const folding = new EventFolding(operation);
  return folding.add(events) ?? folding.result();
}

class EventFolding {
  readonly #folder: AnswerFolder;
  #only: AnswerEvent | undefined;
  #count = 0;
  #usage: Usage | undefined;

  constructor(operation: Operation) {
    this.#folder = new AnswerFolder(operation);
  }

  add(events: readonly AnswerEvent[]): Failure | undefined {
    for (const event of events) {
      this.#folder.add(event);
      this.#only = event;
      this.#count++;
      this.#usage = event.usage ?? this.#usage;
    }
    return this.#folder.failure;
  }

  result(): FoldedAnswer {
    const json = this.#folder.result();
    const text = this.#count === 1 && this.#only?.whole ? this.#only.data : JSON.stringify(json);
    return { type: "folded", text, json, usage: this.#usage };
  }
}
