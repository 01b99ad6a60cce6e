import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { VirtualClock } from "../../testing/index.ts";
import { SseParser } from "../../wire/index.ts";
import type { FrontOptions } from "../front-options.ts";
import { bytesOf, type HttpBody, type HttpResponse } from "../http.ts";
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
  textOf,
} from "../testing/front-harness.ts";
import { KEPT_MS, MOST_AHEAD_BYTES, MOST_READERS, MOST_STREAM_BYTES, MOST_STREAMS } from "./defaults.ts";
import { NumberedFrames } from "./numbered-frames.ts";
import { ResumableStreams } from "./resumable-streams.ts";
import { StreamLog } from "./stream-log.ts";

const RESUMABLE = { "tideover-resumable": "?1" };
const KEYS = ["shop", "bank"].map((name) => ({ name, key: `${name}-key`, tenant: name }));
const asKey = (name: string) => ({ authorization: `Bearer ${name}-key` });
/** A signature for tests: whoever knows the text can make it. */
const sign = (text: string) => `s${[...text].reduce((sum, letter) => (sum * 31 + letter.charCodeAt(0)) >>> 0, 7)}`;
/** One word each 100 ms, ten of them, then the finish. */
const TEN_WORDS: StreamStep[] = [
  ...Array.from({ length: 10 }, (_, at) => ({ after: 100, events: chunks(`w${at} `) })),
  { events: [FINISH] },
  {},
];

function stage(steps: readonly StreamStep[] = TEN_WORDS, options: Partial<FrontOptions> = {}, signed = false) {
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

function bodyOf(response: HttpResponse): HttpBody {
  if (response.body instanceof Uint8Array) throw new Error("expected a body that is read");
  return response.body;
}

/** The events of a text with their identifiers. */
function eventsOf(text: string) {
  return [...new SseParser().push(bytesOf(text))];
}

/** The words of the answer that a text of events carries. */
function wordsIn(text: string): string {
  return eventsOf(text)
    .filter(({ data }) => data !== "[DONE]")
    .map(({ data }) => String(parsed(data).choices?.["0"]?.delta?.content ?? ""))
    .join("");
}

/** Reads until a number of events has come, then leaves. */
async function readSome(clock: VirtualClock, body: HttpBody, count: number): Promise<string> {
  let text = "";
  while (eventsOf(text).length < count) {
    const bytes = await clock.run(body.read());
    if (bytes === undefined) throw new Error("the stream ended early");
    text += new TextDecoder().decode(bytes);
  }
  return text;
}

const WHOLE_TEXT = "w0 w1 w2 w3 w4 w5 w6 w7 w8 w9 ";

describe("a stream that may be resumed", () => {
  test("is named in Content-Location, and its events are numbered", async () => {
    const { clock, ask } = stage();
    const response = await ask();
    expect(response.headers["content-location"]).toBe("/v1/streams/stream-1");
    const text = await clock.run(textOf(response));
    expect(wordsIn(text)).toBe(WHOLE_TEXT);
    expect(eventsOf(text).at(-1)?.data).toBe("[DONE]");
    expect(text.match(/^id: \d+$/gm)).toEqual(Array.from({ length: 12 }, (_, at) => `id: ${at + 1}`));
  });

  test("without the header nothing is numbered or kept, and a caller's leaving cancels at once", async () => {
    const { clock, handler, made } = stage();
    const leaving = new AbortController();
    const response = await clock.run(handler(request({ body: STREAMED, signal: leaving.signal })));
    expect(response.headers["content-location"]).toBeUndefined();
    expect(await readSome(clock, bodyOf(response), 1)).not.toContain("id: ");
    leaving.abort();
    expect(made[0]?.cancelled?.reason).toBe("caller-gone");
  });

  test("goes on behind the last event seen, without loss or repeat", async () => {
    const { clock, ask, resume, made } = stage();
    const leaving = new AbortController();
    const first = await readSome(clock, bodyOf(await ask({}, leaving.signal)), 3);
    leaving.abort();
    await clock.advance(350);
    expect(made[0]?.cancelled).toBeUndefined();
    const rest = await resume("/v1/streams/stream-1", { "last-event-id": "3" });
    expect(rest.status).toBe(200);
    expect(wordsIn(first + (await clock.run(textOf(rest))))).toBe(WHOLE_TEXT);
  });

  test("from any event, by query too, and from its beginning when none is named", async () => {
    const { clock, ask, resume } = stage();
    await clock.run(textOf(await ask()));
    for (let seen = 0; seen < 12; seen++) {
      const text = await clock.run(textOf(await resume(`/v1/streams/stream-1?starting_after=${seen}`)));
      expect(eventsOf(text)).toHaveLength(12 - seen);
    }
    expect(wordsIn(await clock.run(textOf(await resume("/v1/streams/stream-1"))))).toBe(WHOLE_TEXT);
    expect((await resume("/v1/streams/stream-1", { "last-event-id": "12" })).status).toBe(204);
  });

  test("is given up a minute after its last reader left", async () => {
    const { clock, ask, resume, made } = stage([{ after: 100, events: chunks("w0 ") }, { after: 600_000 }]);
    const leaving = new AbortController();
    await readSome(clock, bodyOf(await ask({}, leaving.signal)), 1);
    leaving.abort();
    await clock.advance(KEPT_MS - 1);
    expect(made[0]?.cancelled).toBeUndefined();
    await clock.advance(1);
    expect(made[0]?.cancelled?.reason).toBe("caller-gone");
    expect((await resume("/v1/streams/stream-1")).status).toBe(404);
    expect(clock.pendingTimers).toBe(0);
  });

  test("is not given up while the reader that came back is there", async () => {
    const { clock, ask, resume, made } = stage([{ after: 100, events: chunks("w0 ") }, { after: 600_000 }, {}]);
    const leaving = new AbortController();
    await readSome(clock, bodyOf(await ask({}, leaving.signal)), 1);
    leaving.abort();
    await clock.advance(30_000);
    const back = bodyOf(await resume("/v1/streams/stream-1", { "last-event-id": "1" }));
    const waiting = back.read();
    await clock.advance(2 * KEPT_MS);
    expect(made[0]?.cancelled).toBeUndefined();
    expect(new TextDecoder().decode(await waiting)).toBe(": keep-alive\n\n");
  });

  test("is kept for a minute after its end", async () => {
    const { clock, ask, resume } = stage();
    await clock.run(textOf(await ask()));
    await clock.advance(KEPT_MS - 1);
    expect((await resume("/v1/streams/stream-1?starting_after=11")).status).toBe(200);
    await clock.advance(KEPT_MS + 1);
    const gone = await resume("/v1/streams/stream-1");
    expect(gone.status).toBe(404);
    expect(parsed(await textOf(gone)).error?.code).toBe("unknown_stream");
  });

  test("a failure before the head is told as ever, and a call that nobody waits for is cancelled", async () => {
    const { clock, handler, streams } = stage();
    const leaving = new AbortController();
    const slow = harness(() => new Promise(() => {}), { clock, streams });
    const pending = slow.handler(request({ headers: RESUMABLE, body: STREAMED, signal: leaving.signal }));
    leaving.abort();
    expect((await clock.run(pending)).status).toBe(499);
    const unknown = request({ headers: RESUMABLE, body: { ...STREAMED, model: "unknown" } });
    expect((await clock.run(handler(unknown))).status).toBe(404);
  });

  test("DELETE ends it at once", async () => {
    const { clock, ask, resume, made } = stage();
    await readSome(clock, bodyOf(await ask()), 1);
    expect((await resume("/v1/streams/stream-1", {}, "DELETE")).status).toBe(200);
    expect(made[0]?.cancelled).toBeDefined();
    expect((await resume("/v1/streams/stream-1")).status).toBe(404);
  });

  test("an event that is not of this stream is refused by name", async () => {
    const { clock, ask, resume } = stage();
    await clock.run(textOf(await ask()));
    for (const wrong of ["13", "-1", "x"]) {
      const refused = await resume("/v1/streams/stream-1", { "last-event-id": wrong });
      expect(refused.status).toBe(400);
      expect(parsed(await textOf(refused)).error?.message).toContain("from 1 to 12");
    }
  });

  test("speaks Anthropic's events too", async () => {
    const { clock, handler, resume } = stage();
    const body = { model: "m", max_tokens: 9, messages: [{ role: "user", content: "Hi" }], stream: true };
    const path = "/v1/messages";
    const response = await clock.run(handler(request({ path, headers: RESUMABLE, body })));
    const text = await clock.run(textOf(response));
    const again = await clock.run(textOf(await resume("/v1/streams/stream-1?starting_after=3")));
    expect(text.endsWith(again)).toBe(true);
    expect(eventsOf(text).length - eventsOf(again).length).toBe(3);
  });
});

test("a handler that keeps no streams says so, and serves the request as ever", async () => {
  const { clock, handler } = harness((_call, own) => answerOf(new ScriptedStream(own, TEN_WORDS)));
  const response = await clock.run(handler(request({ headers: RESUMABLE, body: STREAMED })));
  expect(response.headers["content-location"]).toBeUndefined();
  expect(await clock.run(textOf(response))).not.toContain("id: ");
  const none = await handler(request({ method: "GET", path: "/v1/streams/stream-1", body: "" }));
  expect(none.status).toBe(404);
  expect(parsed(await textOf(none)).error?.code).toBe("unknown_stream");
});

describe("whose stream it is", () => {
  test("another tenant's stream looks like none", async () => {
    const { clock, ask, resume } = stage(TEN_WORDS, { keys: KEYS });
    await clock.run(textOf(await ask(asKey("shop"))));
    expect((await resume("/v1/streams/stream-1", asKey("shop"))).status).toBe(200);
    expect((await resume("/v1/streams/stream-1", asKey("bank"))).status).toBe(404);
    expect((await resume("/v1/streams/stream-1")).status).toBe(401);
  });

  test("a signed link needs no key, from any page, for that stream alone and for a time", async () => {
    const { clock, ask, resume } = stage(TEN_WORDS, { keys: KEYS }, true);
    const link = String((await ask(asKey("shop"))).headers["content-location"]);
    const read = await resume(`${link}&starting_after=0`);
    expect(read.headers["access-control-allow-origin"]).toBe("*");
    expect(wordsIn(await clock.run(textOf(read)))).toBe(WHOLE_TEXT);
    await ask(asKey("shop"));
    expect((await resume(link.replace("stream-1", "stream-2"))).status).toBe(401);
    expect((await resume(link.replace("/v1/streams", "/v1/jobs").replace("stream-1", "stream-1"))).status).toBe(401);
  });
});

describe("bounds", () => {
  test("a provider waits for a reader that lags, and for nobody's sake runs on without end", async () => {
    const long = "x".repeat(10_000);
    const steps = Array.from({ length: 400 }, () => ({ events: chunks(long) }));
    const { clock, ask, resume, records } = stage([...steps, { events: [FINISH] }, {}]);
    const leaving = new AbortController();
    await readSome(clock, bodyOf(await ask({}, leaving.signal)), 1);
    leaving.abort();
    await clock.advance(1_000);
    // 4 MB are to come; what is not read is not made.
    expect(records).toHaveLength(0);
    const text = await clock.run(textOf(await resume("/v1/streams/stream-1", { "last-event-id": "1" })));
    expect(eventsOf(text)).toHaveLength(401);
    const gone = await resume("/v1/streams/stream-1");
    expect(gone.status).toBe(410);
  });

  test("a reader that falls behind what is kept is told so, and gets no [DONE]", async () => {
    const long = "x".repeat(10_000);
    const steps = Array.from({ length: 400 }, () => ({ events: chunks(long) }));
    const { clock, ask, resume } = stage([...steps, { events: [FINISH] }, {}]);
    const slow = bodyOf(await ask());
    await readSome(clock, slow, 1);
    await clock.run(textOf(await resume("/v1/streams/stream-1", { "last-event-id": "1" })));
    const text = await clock.run(textOf({ status: 200, headers: {}, body: slow }));
    expect(text).toContain("stream_interrupted");
    expect(text).not.toContain("[DONE]");
  });

  test("a stream takes so many readers and no more", async () => {
    const { ask, resume } = stage();
    await ask();
    for (let count = 1; count < MOST_READERS; count++) expect((await resume("/v1/streams/stream-1")).status).toBe(200);
    expect((await resume("/v1/streams/stream-1")).status).toBe(503);
  });

  test("with too many streams that run the next cannot be resumed; those that ended make room", async () => {
    const { clock, ask, resume } = stage([{ events: chunks("a") }, { after: 1_000, events: [FINISH] }, {}]);
    for (let count = 0; count < MOST_STREAMS; count++) await ask();
    const next = await ask();
    expect(next.status).toBe(200);
    expect(next.headers["content-location"]).toBeUndefined();
    await clock.advance(1_000);
    expect((await ask()).headers["content-location"]).toBeDefined();
    expect((await resume("/v1/streams/stream-1")).status).toBe(404);
  });
});

test("frames are the same however their bytes are split", () => {
  const text = 'data: {"a":1}\n\nevent: x\ndata: 2\n\n: keep-alive\n\ndata: [DONE]\n\n';
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: text.length })), (cuts) => {
      const numbered = new NumberedFrames();
      const edges = [0, ...cuts.toSorted((a, b) => a - b), text.length];
      const parts = edges.slice(1).flatMap((to, at) => numbered.push(bytesOf(text.slice(edges[at], to))));
      const all = [...parts, ...numbered.end()].map((part) => new TextDecoder().decode(part)).join("");
      expect(all).toBe('id: 1\ndata: {"a":1}\n\nid: 2\nevent: x\ndata: 2\n\nid: 3\ndata: [DONE]\n\n');
    }),
  );
});

test("a log keeps no more than its share, whoever reads", async () => {
  const frame = bytesOf(`data: ${"x".repeat(1_000)}\n\n`);
  let left = 3_000;
  let bytes = 0;
  const body: HttpBody = {
    read: () => Promise.resolve(left-- > 0 ? frame : undefined),
    cancel: () => {},
  };
  const log = new StreamLog(body, "t", (grown) => {
    bytes += grown;
    expect(bytes).toBeLessThanOrEqual(MOST_STREAM_BYTES + frame.length + 20);
  });
  const filled = log.fill();
  let seen = 0;
  for (;;) {
    const piece = log.after(seen);
    if (piece.type === "end") break;
    if (piece.type === "gone") throw new Error("fell behind");
    if (piece.type === "frames") seen = piece.lastId;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await filled;
  expect(seen).toBe(3_000);
  expect(log.bytes).toBe(bytes);
  expect(log.bytes).toBeGreaterThan(MOST_AHEAD_BYTES);
});
