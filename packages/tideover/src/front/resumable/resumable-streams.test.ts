import { describe, expect, test } from "vitest";
import {
  answerOf,
  chunks,
  harness,
  parsed,
  request,
  ScriptedStream,
  STREAMED,
  textOf,
} from "../testing/front-harness.ts";
import {
  asKey,
  bodyOf,
  eventsOf,
  KEYS,
  RESUMABLE,
  readSome,
  stage,
  TEN_WORDS,
  WHOLE_TEXT,
  wordsIn,
} from "../testing/resumable-stage.ts";
import { KEPT_MS } from "./defaults.ts";

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

  test("answers to the identifier of its request, too, as long as it is kept, and to its tenant alone", async () => {
    const { clock, ask, resume } = stage(TEN_WORDS, { keys: KEYS });
    const begun = await ask(asKey("shop"));
    const path = `/v1/streams/${begun.headers["tideover-request-id"]}`;
    expect(wordsIn(await clock.run(textOf(begun)))).toBe(WHOLE_TEXT);
    const rest = await resume(path, { ...asKey("shop"), "last-event-id": "11" });
    expect(eventsOf(await clock.run(textOf(rest)))).toHaveLength(1);
    expect((await resume(path, asKey("bank"))).status).toBe(404);
    await clock.advance(KEPT_MS + 1);
    expect((await resume(path, asKey("shop"))).status).toBe(404);
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
