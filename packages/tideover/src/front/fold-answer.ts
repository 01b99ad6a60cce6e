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
  const folder = new AnswerFolder(operation);
  let only: AnswerEvent | undefined;
  let count = 0;
  let usage: Usage | undefined;
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") {
      if (next.failure !== undefined) return next.failure;
      const json = folder.result();
      const text = count === 1 && only?.whole ? only.data : JSON.stringify(json);
      return { type: "folded", text, json, usage };
    }
    for (const event of next.events) {
      folder.add(event);
      only = event;
      count++;
      usage = event.usage ?? usage;
    }
    if (folder.failure !== undefined) {
      stream.cancel(folder.failure);
      return folder.failure;
    }
  }
}
