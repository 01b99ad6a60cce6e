/**
 * What goes over the wire in the bench, shared by the mock upstream and the load generator.
 * The sizes are those of the published figures: a request of 953 B, an answer of 1.1 KB, stream events of 155 B.
 */

/** Bytes of a request's JSON body. */
export const REQUEST_BYTES = 953;
/** Bytes of a whole answer's JSON body. */
export const ANSWER_BYTES = 1_100;
/** Bytes of one stream event, with `data: ` and the blank line. */
export const EVENT_BYTES = 155;
/** Content events of a stream; a finish event with usage and `[DONE]` follow. */
export const EVENTS_PER_STREAM = 60;
/** Time between the content events of a paced stream, in ms: 20 chunks a second. */
export const EVENT_INTERVAL_MS = 50;

/**
 * How the mock upstream answers, chosen by model name.
 * - `whole`: one document; all events of a stream at once where a stream is asked for.
 * - `paced`: a stream with an event every {@link EVENT_INTERVAL_MS}.
 * - `hold`: a stream that is silent after its first event, until the caller leaves.
 */
export type Manner = "whole" | "paced" | "hold";

/** Comes before the time stamp within a content event. */
export const STAMP_MARK = '"t=';
/** Digits of a time stamp: microseconds of the system's monotonic clock. */
export const STAMP_DIGITS = 16;

/** Microseconds of the monotonic clock, which all processes of this machine share. */
export function monotonicMicros(): number {
  const [seconds, nanos] = process.hrtime();
  return seconds * 1e6 + Math.floor(nanos / 1e3);
}

/** The JSON body of a request of {@link REQUEST_BYTES}. */
export function requestBody(manner: Manner, stream: boolean): string {
  const body = (filler: string) =>
    JSON.stringify({
      model: manner,
      messages: [
        { role: "system", content: "You write for a shop." },
        { role: "user", content: `Describe the lamp. ${filler}` },
      ],
      max_tokens: 200,
      ...(stream ? { stream: true, stream_options: { include_usage: true } } : {}),
    });
  return body("x".repeat(REQUEST_BYTES - body("").length));
}

const USAGE = { prompt_tokens: 220, completion_tokens: 60, total_tokens: 280 };

/** The JSON body of a whole answer of {@link ANSWER_BYTES}. */
export function answerBody(): string {
  const body = (filler: string) =>
    JSON.stringify({
      id: "bench-1",
      object: "chat.completion",
      created: 1_700_000_000,
      model: "bench",
      choices: [{ index: 0, message: { role: "assistant", content: `A lamp. ${filler}` }, finish_reason: "stop" }],
      usage: USAGE,
    });
  return body("y".repeat(ANSWER_BYTES - body("").length));
}

/** A content event in two halves; the stamp goes between them. */
export const EVENT_HALVES: readonly [string, string] = eventHalves();

function eventHalves(): [string, string] {
  const head = `data: {"id":"b","object":"chat.completion.chunk","created":1,"model":"m","choices":[{"index":0,"delta":{"content":${STAMP_MARK}`;
  const tail = '"}}]}\n\n';
  const filler = EVENT_BYTES - head.length - STAMP_DIGITS - tail.length;
  if (filler < 1) throw new RangeError(`An event of ${EVENT_BYTES} bytes has no room for its JSON.`);
  return [head, ` ${"z".repeat(filler - 1)}${tail}`];
}

/** One content event, stamped. */
export function stampedEvent(micros: number): string {
  return `${EVENT_HALVES[0]}${String(micros).padStart(STAMP_DIGITS, "0")}${EVENT_HALVES[1]}`;
}

/** What ends a whole stream: the finish with the usage, and `[DONE]`. */
export const STREAM_END = `data: ${JSON.stringify({
  id: "b",
  object: "chat.completion.chunk",
  created: 1,
  model: "m",
  choices: [{ index: 0, delta: {}, finish_reason: "stop" }],
  usage: USAGE,
})}\n\ndata: [DONE]\n\n`;
