import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bytesOf, type HttpBody } from "../http.ts";
import { chunks, FINISH, textOf } from "../testing/front-harness.ts";
import { bodyOf, eventsOf, readSome, stage } from "../testing/resumable-stage.ts";
import { MOST_AHEAD_BYTES, MOST_READERS, MOST_STREAM_BYTES, MOST_STREAMS } from "./defaults.ts";
import { NumberedFrames } from "./numbered-frames.ts";
import { StreamLog } from "./stream-log.ts";

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
