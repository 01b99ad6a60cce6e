import { expect, test } from "vitest";
import { failure, type Outcome, sleep, streamOf } from "../engine/index.ts";
import { type HttpBody, type HttpResponse, isWholeBody } from "./http.ts";
import {
  answerOf,
  CHAT,
  chunks,
  chunkText,
  event,
  eventsIn,
  FINISH,
  harness,
  LIVE,
  parsed,
  request,
  ScriptedStream,
  STREAMED,
  type StreamStep,
  textOf,
  USAGE,
} from "./testing/front-harness.ts";

const CUT = failure("fault", "cut", "The connection was lost.", { provider: "deepseek", committed: true });
const streamed = (headers = {}, body: object = STREAMED) => request({ headers, body });

/** A front whose answer follows the steps. */
function scripted(steps: readonly StreamStep[], options = {}, route = {}) {
  const streams: ScriptedStream[] = [];
  const made = harness(
    (call, clock) => {
      call.trace.attempts.push({ provider: "deepseek", outcome: "running", ms: 400 });
      const stream = new ScriptedStream(clock, steps);
      streams.push(stream);
      return answerOf(stream);
    },
    options,
    route,
  );
  return { ...made, streams };
}

function bodyOf(response: HttpResponse): HttpBody {
  if (isWholeBody(response.body)) throw new Error("expected a body that is read");
  return response.body;
}

test("events go out as they came; the finish carries the account; then [DONE]", async () => {
  const words = chunks("Hel", "lo 你好");
  const { clock, handler, records } = scripted([{ events: [...words, FINISH] }, {}]);
  const response = await handler(streamed());
  expect(response).toMatchObject({
    status: 200,
    headers: {
      "content-type": "text/event-stream; charset=utf-8",
      "cache-control": "no-cache, no-transform",
      "x-accel-buffering": "no",
      "tideover-rung": "live",
      "tideover-provider": "deepseek",
      "tideover-degraded": "?0",
      "tideover-attempts": "1",
      "tideover-request-id": "request-1",
    },
  });
  const events = eventsIn(await textOf(response));
  expect(events.slice(0, 2)).toEqual(words.map(({ data }) => data));
  expect(events[2]?.startsWith(`${FINISH.data.slice(0, -1)},"tideover":{`)).toBe(true);
  expect(parsed(events[2]).tideover).toEqual({
    rung: "live",
    provider: "deepseek",
    model: "deepseek-flash-1017",
    degraded: false,
    attempts: [{ provider: "deepseek", outcome: "answered", ms: 400 }],
    seams: [],
  });
  expect(events.slice(3)).toEqual(["[DONE]"]);
  expect(records).toMatchObject([{ result: "answered", status: 200, stream: true, outcomeMs: 0 }]);
  expect(clock.pendingTimers).toBe(0);
});

test("each batch goes out at once, not when the answer ends", async () => {
  const [one, two] = chunks("one", "two");
  if (one === undefined || two === undefined) throw new Error("no chunks");
  const { clock, handler } = scripted([
    { events: [one] },
    { after: 50, events: [two] },
    { after: 50, events: [FINISH] },
    {},
  ]);
  const body = bodyOf(await handler(streamed()));
  const decoder = new TextDecoder();
  expect(decoder.decode(await clock.run(body.read()))).toBe(`data: ${one.data}\n\n`);
  expect(clock.now()).toBe(0);
  expect(decoder.decode(await clock.run(body.read()))).toBe(`data: ${two.data}\n\n`);
  expect(clock.now()).toBe(50);
});

test("a usage chunk that was asked for is the last one and carries the account", async () => {
  const { handler, records } = scripted([{ events: [...chunks("Hello"), FINISH] }, { events: [USAGE] }, {}]);
  const body = { ...STREAMED, stream_options: { include_usage: true } };
  const events = eventsIn(await textOf(await handler(streamed({}, body))));
  expect(events[1]).toBe(FINISH.data);
  expect(parsed(events[2])).toMatchObject({ choices: [], usage: { total_tokens: 5 }, tideover: { rung: "live" } });
  expect(events[3]).toBe("[DONE]");
  expect(records[0]?.usage).toEqual({ promptTokens: 3, completionTokens: 2 });
});

test("a usage chunk that was not asked for does not show, but is counted", async () => {
  const { handler, records } = scripted([{ events: [...chunks("Hello"), FINISH, USAGE] }, {}]);
  const events = eventsIn(await textOf(await handler(streamed())));
  expect(events.length).toBe(3);
  expect(parsed(events[1])).toMatchObject({ choices: [{ finish_reason: "stop" }], tideover: {} });
  expect(events.join()).not.toContain("usage");
  expect(records[0]?.usage).toEqual({ promptTokens: 3, completionTokens: 2 });
});

test("with provenance off the stream is the provider's own", async () => {
  const words = chunks("Hello");
  const { handler } = scripted([{ events: [...words, FINISH] }, {}], {
    settings: { provenance: { headers: false, body: false } },
  });
  const response = await handler(streamed());
  expect(eventsIn(await textOf(response))).toEqual([...words.map(({ data }) => data), FINISH.data, "[DONE]"]);
  expect(response.headers["tideover-rung"]).toBeUndefined();
  expect(response.headers["tideover-request-id"]).toBe("request-1");
});

test("a stream that its provider closes without a finish gets a last chunk for the account", async () => {
  const { handler } = scripted([{ events: chunks("Hello") }, {}]);
  const events = eventsIn(await textOf(await handler(streamed())));
  expect(parsed(events[1])).toMatchObject({ id: "answer-1", choices: [], tideover: { rung: "live" } });
  expect(events[2]).toBe("[DONE]");
});

test("a whole answer is unfolded for a caller that wants a stream", async () => {
  const whole = event(
    '{"id":"t","object":"chat.completion","created":1,"model":"m","choices":[{"index":0,"message":{"role":"assistant","content":"Soon."},"finish_reason":"stop"}],"usage":{"prompt_tokens":1,"completion_tokens":1}}',
  );
  const { handler } = harness(() => answerOf(streamOf([whole]), { rung: "template", degraded: true }));
  const response = await handler(streamed());
  const events = eventsIn(await textOf(response));
  expect(events.at(-1)).toBe("[DONE]");
  const objects = events.slice(0, -1).map(parsed);
  for (const { object } of objects) expect(object).toBe("chat.completion.chunk");
  expect(objects.map(({ choices }) => choices?.[0]?.delta?.content ?? "").join("")).toBe("Soon.");
  expect(objects.at(-1)).toMatchObject({ tideover: { rung: "template", degraded: true, provider: null } });
  expect(response.headers["tideover-degraded"]).toBe("?1");
});

test.each([
  ["in the middle", [{ events: chunks("Hel") }, { ending: { type: "ending", failure: CUT } }]],
  ["after its finish", [{ events: [...chunks("Hel"), FINISH] }, { ending: { type: "ending", failure: CUT } }]],
] satisfies [string, StreamStep[]][])(
  "a stream cut %s ends in an error, without finish and [DONE]",
  async (_, steps) => {
    const { clock, handler, records } = scripted(steps);
    const response = await handler(streamed());
    const events = eventsIn(await textOf(response));
    expect(response.status).toBe(200);
    expect(events.length).toBe(2);
    expect(parsed(events[1])).toEqual({
      error: {
        message: "The connection was lost.",
        type: "server_error",
        param: null,
        code: "stream_interrupted",
        request_id: "request-1",
        status: 502,
      },
      tideover: {
        rung: "live",
        provider: "deepseek",
        model: "deepseek-flash",
        degraded: false,
        attempts: [{ provider: "deepseek", outcome: "cut", ms: 400 }],
        seams: [],
      },
    });
    expect(records).toMatchObject([{ result: "interrupted", code: "stream_interrupted", status: 200, failure: CUT }]);
    expect(clock.pendingTimers).toBe(0);
  },
);

test.each(["deadline", "credential", "cancelled"] as const)(
  "a %s that ends a stream is told as a cut, too",
  async (kind) => {
    const ending = { type: "ending", failure: failure(kind, "x", "Over.", { code: "ladder_exhausted" }) } as const;
    const { handler } = scripted([{ events: chunks("Hel") }, { ending }]);
    const events = eventsIn(await textOf(await handler(streamed())));
    expect(parsed(events.at(-1)).error).toMatchObject({ code: "stream_interrupted" });
  },
);

test("a failure before anything was sent has its own status", async () => {
  const { clock, handler } = harness(async (call, now) => {
    await sleep(now, 14_000, call.signal);
    return failure("overloaded", "http-503", "Busy.", { retryAfterMs: 1_500 });
  });
  const response = await clock.run(handler(streamed()));
  expect(response).toMatchObject({
    status: 503,
    headers: { "content-type": "application/json", "retry-after": "2" },
  });
  expect(clock.pendingTimers).toBe(0);
});

/** A front whose outcome takes a while. */
function slow(ms: number, outcome: () => Outcome, settings = {}) {
  return harness(
    async (call, now) => {
      await sleep(now, ms, call.signal);
      return outcome();
    },
    { settings },
  );
}

test("the head is held for 15 s of silence; then comments bridge it, and the answer follows", async () => {
  const { clock, handler, records } = slow(50_000, () => answerOf(streamOf([...chunks("Hello"), FINISH])));
  const response = await clock.run(handler(streamed()));
  expect(clock.now()).toBe(15_000);
  expect(response).toMatchObject({ status: 200, headers: { "x-request-id": "request-1" } });
  expect(response.headers["tideover-rung"]).toBeUndefined();
  const events = eventsIn(await clock.run(textOf(response)));
  expect(events.slice(0, 3)).toEqual([": keep-alive", ": keep-alive", ": keep-alive"]);
  expect(parsed(events[4])).toMatchObject({ tideover: { rung: "live" } });
  expect(events[5]).toBe("[DONE]");
  expect(clock.now()).toBe(50_000);
  expect(records).toMatchObject([{ result: "answered", outcomeMs: 50_000 }]);
  expect(clock.pendingTimers).toBe(0);
});

test("a failure after the head is told in the stream, with its status, its wait and each rung's reason", async () => {
  const rungs = [{ rung: "deepseek", kind: "overloaded", reason: "http-503", message: "Busy." }] as const;
  const exhausted = failure("overloaded", "ladder-exhausted", "No rung answered.", { code: "ladder_exhausted", rungs });
  const { clock, handler, records } = slow(20_000, () => exhausted);
  const events = eventsIn(await clock.run(textOf(await clock.run(handler(streamed())))));
  expect(events[0]).toBe(": keep-alive");
  expect(parsed(events[1])).toMatchObject({
    error: { code: "ladder_exhausted", status: 503, retry_after_ms: 10_000, rungs },
    tideover: { rung: null },
  });
  expect(events.length).toBe(2);
  expect(records).toMatchObject([{ result: "failed", code: "ladder_exhausted" }]);
  expect(clock.pendingTimers).toBe(0);
});

test("a caller's fault after the head keeps the provider's own error", async () => {
  const passed = { status: 422, contentType: "application/json", body: '{"error":{"message":"bad tools","type":"x"}}' };
  const { clock, handler } = slow(20_000, () => failure("caller", "http-422", "bad tools", { passed }));
  const events = eventsIn(await clock.run(textOf(await clock.run(handler(streamed())))));
  expect(parsed(events[1]).error).toEqual({ message: "bad tools", type: "x", status: 422 });
});

test("comments bridge silence after the first content, too", async () => {
  const { clock, handler } = scripted([{ events: chunks("Hel") }, { after: 31_000, events: [FINISH] }, {}]);
  const events = eventsIn(await clock.run(textOf(await handler(streamed()))));
  expect(events.slice(1, 3)).toEqual([": keep-alive", ": keep-alive"]);
  expect(events.at(-1)).toBe("[DONE]");
});

test("a client that announces its read timeout hears something within a third of it", async () => {
  const { clock, handler } = slow(10_000, () => answerOf(streamOf([...chunks("Hello"), FINISH])));
  const response = await clock.run(handler(streamed({ "x-stainless-read-timeout": "6" })));
  expect(clock.now()).toBe(2_000);
  const events = eventsIn(await clock.run(textOf(response)));
  expect(events.filter((text) => text === ": keep-alive").length).toBe(4);
});

test("a slow reader gets no comments and holds the upstream back", async () => {
  const [one, two] = chunks("one", "two");
  if (one === undefined || two === undefined) throw new Error("no chunks");
  let reads = 0;
  const { clock, handler } = harness((_call, now) => {
    const stream = new ScriptedStream(now, [{ events: [one] }, { events: [two] }, { events: [FINISH] }, {}]);
    return answerOf({
      read: () => {
        reads++;
        return stream.read();
      },
      cancel: (reason) => stream.cancel(reason),
    });
  });
  const body = bodyOf(await handler(streamed()));
  await body.read();
  await clock.advance(60_000);
  expect(reads).toBe(1);
  expect(clock.pendingTimers).toBe(0);
  expect(new TextDecoder().decode(await body.read())).toContain("two");
});

test("a caller that leaves before the outcome aborts the call", async () => {
  const { clock, handler, calls, records } = slow(60_000, () => failure("fault", "x", "Late."));
  const client = new AbortController();
  const response = handler(request({ body: STREAMED, signal: client.signal }));
  await clock.advance(1_000);
  client.abort();
  expect((await response).status).toBe(499);
  expect(calls[0]?.signal.reason).toMatchObject({ kind: "cancelled" });
  expect(records).toMatchObject([{ result: "cancelled", status: 499 }]);
  expect(clock.pendingTimers).toBe(0);
});

test.each(["signal", "body"])("a caller that leaves (%s) between head and outcome aborts the call", async (way) => {
  const { clock, handler, calls, records } = slow(60_000, () => failure("fault", "x", "Late."));
  const client = new AbortController();
  const response = await clock.run(handler(request({ body: STREAMED, signal: client.signal })));
  const body = bodyOf(response);
  await clock.run(body.read());
  const read = body.read();
  await clock.advance(1_000);
  if (way === "signal") client.abort();
  else body.cancel();
  expect(await read).toBeUndefined();
  expect(calls[0]?.signal.reason).toMatchObject({ kind: "cancelled" });
  expect(records).toMatchObject([{ result: "cancelled" }]);
  expect(clock.pendingTimers).toBe(0);
});

test.each(["signal", "body"])("a caller that leaves (%s) mid-stream cancels the answer at once", async (way) => {
  const { clock, handler, streams, records } = scripted([
    { events: chunks("Hel") },
    { after: 60_000, events: [FINISH] },
    {},
  ]);
  const client = new AbortController();
  const body = bodyOf(await handler(request({ body: STREAMED, signal: client.signal })));
  await body.read();
  const read = body.read();
  await clock.advance(1_000);
  if (way === "signal") client.abort();
  else body.cancel();
  expect(streams[0]?.cancelled).toMatchObject({ kind: "cancelled" });
  expect(await read).toBeUndefined();
  expect(records).toMatchObject([{ result: "cancelled" }]);
  await clock.advance(0);
  expect(clock.pendingTimers).toBe(0);
});

test("no listener stays on the caller's signal after the end", async () => {
  const { handler } = scripted([{ events: [...chunks("Hello"), FINISH] }, {}]);
  const { signal, listeners } = countingSignal();
  await textOf(await handler(request({ body: STREAMED, signal })));
  await textOf(await handler(request({ body: CHAT, signal })));
  expect(listeners()).toBe(0);
});

test("a stream that hangs for longer than an answer may live is ended and flagged", async () => {
  const { clock, handler, streams } = scripted([{ events: chunks("Hel") }], {}, { totalMs: 40_000 });
  const events = eventsIn(await clock.run(textOf(await handler(streamed()))));
  expect(parsed(events.at(-1)).error).toMatchObject({ code: "stream_interrupted" });
  expect(clock.now()).toBe(45_000);
  expect(streams[0]?.cancelled?.reason).toBe("stalled");
  expect(clock.pendingTimers).toBe(0);
});

test("a stream that throws is flagged as cut, and the record has the error", async () => {
  const thrown = new Error("inside");
  const { handler, records } = harness(() => answerOf({ read: () => Promise.reject(thrown), cancel: () => {} }, LIVE));
  const events = eventsIn(await textOf(await handler(streamed())));
  expect(parsed(events[0]).error).toMatchObject({ code: "stream_interrupted" });
  expect(records).toMatchObject([{ result: "interrupted", thrown }]);
});

test("a ticket that comes after the head is told in the stream", async () => {
  const { clock, handler, records } = slow(20_000, () => ({ type: "accepted", jobId: "job-1" }));
  const events = eventsIn(await clock.run(textOf(await clock.run(handler(streamed())))));
  expect(parsed(events[1])).toMatchObject({ id: "job-1", object: "job" });
  expect(events.length).toBe(2);
  expect(records).toMatchObject([{ result: "accepted" }]);
});

test("JSON over several lines becomes one line of the same meaning", async () => {
  const text = chunkText({ content: "Hello" }, null).replace(",", ",\n");
  const { handler } = scripted([{ events: [event(text), FINISH] }, {}]);
  const body = await textOf(await handler(streamed()));
  const [first = "", ...others] = body.split("\n\n")[0]?.split("\n") ?? [];
  expect(others).toEqual([]);
  expect(JSON.parse(first.slice("data: ".length))).toEqual(JSON.parse(text));
});

/** A signal that knows how many listeners it has. */
function countingSignal() {
  const { signal } = new AbortController();
  let count = 0;
  const add = signal.addEventListener.bind(signal);
  const remove = signal.removeEventListener.bind(signal);
  signal.addEventListener = (...all: Parameters<typeof add>) => {
    count++;
    add(...all);
  };
  signal.removeEventListener = (...all: Parameters<typeof remove>) => {
    count--;
    remove(...all);
  };
  return { signal, listeners: () => count };
}
