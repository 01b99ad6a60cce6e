import { VirtualClock } from "../../testing/index.ts";
import { SseParser } from "../../wire/index.ts";
import type { FrontOptions } from "../front-options.ts";
import { bytesOf, type HttpBody, type HttpResponse, isWholeBody } from "../http.ts";
import { ResumableStreams } from "../resumable/resumable-streams.ts";
import {
  answerOf,
  chunks,
  FINISH,
  harness,
  parsed,
  request,
  ScriptedStream,
  STREAMED,
  type StreamStep,
} from "./front-harness.ts";

export const RESUMABLE = { "tideover-resumable": "?1" };
export const KEYS = ["shop", "bank"].map((name) => ({ name, key: `${name}-key`, tenant: name }));
export const asKey = (name: string) => ({ authorization: `Bearer ${name}-key` });
/** A signature for tests: whoever knows the text can make it. */
const sign = (text: string) => `s${[...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)}`;
/** One word each 100 ms, ten of them, then the finish. */
export const TEN_WORDS: StreamStep[] = [
  ...Array.from({ length: 10 }, (_, at) => ({ after: 100, events: chunks(`w${at} `) })),
  { events: [FINISH] },
  {},
];

/** A front with streams that may be resumed, over a provider that says these steps. */
export function stage(steps: readonly StreamStep[] = TEN_WORDS, options: Partial<FrontOptions> = {}, signed = false) {
  const clock = new VirtualClock();
  const made: ScriptedStream[] = [];
  let ids = 0;
  const streams = new ResumableStreams({
    clock,
    ids: { next: () => `stream-${++ids}` },
    ...(signed ? { sign } : {}),
  });
  const { handler, records } = harness(
    () => {
      const stream = new ScriptedStream(clock, steps);
      made.push(stream);
      return answerOf(stream);
    },
    { clock, streams, ...options },
  );
  const ask = (headers: Record<string, string> = {}, signal = new AbortController().signal) =>
    clock.run(handler(request({ headers: { ...RESUMABLE, ...headers }, body: STREAMED, signal })));
  const resume = (path: string, headers: Record<string, string> = {}, method = "GET") =>
    clock.run(handler(request({ method, path, headers, body: "" })));
  return { clock, streams, made, handler, records, ask, resume };
}

export function bodyOf(response: HttpResponse): HttpBody {
  if (isWholeBody(response.body)) throw new Error("expected a body that is read");
  return response.body;
}

/** The events of a text with their identifiers. */
export function eventsOf(text: string) {
  return [...new SseParser().push(bytesOf(text))];
}

/** The words of the answer that a text of events carries. */
export function wordsIn(text: string): string {
  return eventsOf(text)
    .filter(({ data }) => data !== "[DONE]")
    .map(({ data }) => String(parsed(data).choices?.["0"]?.delta?.content ?? ""))
    .join("");
}

/** Reads until a number of events has come, then leaves. */
export async function readSome(clock: VirtualClock, body: HttpBody, count: number): Promise<string> {
  let text = "";
  while (eventsOf(text).length < count) {
    const bytes = await clock.run(body.read());
    if (bytes === undefined) throw new Error("the stream ended early");
    text += new TextDecoder().decode(bytes);
  }
  return text;
}

export const WHOLE_TEXT = "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 ";
