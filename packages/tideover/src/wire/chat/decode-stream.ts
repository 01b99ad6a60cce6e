import type { AnswerStream } from "../../engine/answer-stream.ts";
import type { ByteSource } from "../../engine/ports/transport.ts";
import { MAX_FRAME_BYTES } from "../sse/sse-parser.ts";
import { MAX_BODY_BYTES } from "./decode-body.ts";
import type { DecodeOptions } from "./decode-options.ts";
import { pumpAnswer } from "./pump-answer.ts";
import { StreamDecoder } from "./stream-decoder.ts";

/**
 * An answer read as a stream (`text/event-stream` in the OpenAI form): one batch per byte read at most, each event
 * with its text as it arrived. It ends whole at `[DONE]` without waiting for the connection, or at the end of the
 * bytes when every choice is finished; else with the failure that cut it. A JSON document where a stream was asked
 * for becomes one whole event.
 *
 * It judges neither time nor commit, and does not reject. Cancelling it cancels the source.
 */
export function decodeStream(source: ByteSource, options: DecodeOptions): AnswerStream {
  return pumpAnswer(
    source,
    new StreamDecoder({ ...options, maxFrameBytes: MAX_FRAME_BYTES, maxBytes: MAX_BODY_BYTES }),
  );
}
