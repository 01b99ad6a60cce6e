import type { AnswerStream } from "../../engine/answer-stream.ts";
import type { ByteSource } from "../../engine/ports/transport.ts";
import { BodyDecoder } from "./body-decoder.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { pumpAnswer } from "./pump-answer.ts";

/**
 * Most bytes of an unstreamed answer (64 MiB), unless the caller sets another cap: the longest text answer is some
 * 2 MiB (384K tokens), a batch of 2,048 embeddings with 3,072 dimensions as JSON numbers up to 60 MiB.
 */
export const MAX_BODY_BYTES = 64 * 1024 * 1024;

/** {@link DecodeOptions} and the cap of the document. */
export interface DecodeBodyOptions extends DecodeOptions {
  /** Most bytes of the document, leading blank lines aside; {@link MAX_BODY_BYTES} when absent. */
  readonly maxBytes?: number | undefined;
}

/**
 * An answer read as one JSON document: one batch of one whole event, then the ending. Blank lines before it are
 * skipped, however many. Faults: `blank-body`, `cut` (truncated JSON), `not-json`, `not-an-answer`,
 * `body-too-large`, and a broken finish; an error object in it becomes what `classifyError` makes of it.
 *
 * It judges neither time nor commit, and does not reject. Cancelling it cancels the source.
 */
export function decodeBody(source: ByteSource, options: DecodeBodyOptions): AnswerStream {
  return pumpAnswer(source, new BodyDecoder({ ...options, maxBytes: options.maxBytes ?? MAX_BODY_BYTES }));
}
