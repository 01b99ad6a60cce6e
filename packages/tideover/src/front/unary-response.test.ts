import { expect, test } from "vitest";
import { failure, streamOf } from "../engine/index.ts";
import { isWholeBody } from "./http.ts";
import {
  answerOf,
  CHAT,
  chunks,
  event,
  FINISH,
  harness,
  LIVE,
  parsed,
  request,
  ScriptedStream,
  textOf,
  USAGE,
} from "./testing/front-harness.ts";

const WHOLE_TEXT =
  '{"id":"a1","object":"chat.completion","created":1,"model":"deepseek-flash-1017","system_fingerprint":"fp" ,' +
  '"choices":[{"index":0,"message":{"role":"assistant","content":"你好 👋"},"finish_reason":"stop"}],' +
  '"usage":{"prompt_tokens":3,"completion_tokens":2,"total_tokens":5,"cost":0.10000000000000000555}}';

test("a streamed answer is folded into one document, with its account", async () => {
  const { clock, handler, records } = harness((call) => {
    call.trace.attempts.push({ provider: "deepseek", outcome: "answered", ms: 400 });
    return answerOf(streamOf([...chunks("Hel", "lo"), FINISH, USAGE]));
  });
  const response = await handler(request());
  const json = parsed(await textOf(response));
  expect(response.status).toBe(200);
  expect(json.choices).toEqual([{ index: 0, message: { role: "assistant", content: "Hello" }, finish_reason: "stop" }]);
  expect(json.usage?.total_tokens).toBe(5);
  expect(json.tideover).toEqual({
    rung: "live",
    provider: "deepseek",
    model: "deepseek-flash-1017",
    degraded: false,
    attempts: [{ provider: "deepseek", outcome: "answered", ms: 400 }],
    seams: [],
  });
  expect(response.headers).toMatchObject({
    "content-type": "application/json",
    "cache-control": "no-store",
    "tideover-rung": "live",
    "tideover-provider": "deepseek",
    "tideover-degraded": "?0",
    "tideover-attempts": "1",
    "tideover-request-id": "request-1",
    "x-request-id": "request-1",
    "server-timing": 'outcome;dur=0, attempt-1;dur=400;desc="deepseek answered"',
  });
  expect(response.headers["x-should-retry"]).toBeUndefined();
  expect(records).toMatchObject([{ result: "answered", status: 200, usage: { promptTokens: 3, completionTokens: 2 } }]);
  expect(clock.pendingTimers).toBe(0);
});

test("a document of the provider keeps every byte and only gets one more member", async () => {
  const { handler } = harness(() => answerOf(streamOf([event(WHOLE_TEXT)])));
  const text = await textOf(await handler(request()));
  expect(text.startsWith(`${WHOLE_TEXT.slice(0, -1)},"tideover":{`)).toBe(true);
  expect(parsed(text).tideover?.rung).toBe("live");
});

test("with provenance off the document is the provider's, byte for byte", async () => {
  const { handler } = harness(() => answerOf(streamOf([event(WHOLE_TEXT)])), {
    settings: { provenance: { headers: false, body: false } },
  });
  const response = await handler(request());
  expect(await textOf(response)).toBe(WHOLE_TEXT);
  expect(Object.keys(response.headers).sort()).toEqual([
    "cache-control",
    "content-type",
    "tideover-request-id",
    "x-request-id",
  ]);
});

test("a degraded, aged answer says so in its headers", async () => {
  const origin = { rung: "stale", degraded: true, ageSeconds: 90 } as const;
  const { handler } = harness(() => answerOf(streamOf([event(WHOLE_TEXT)]), origin));
  const response = await handler(request());
  expect(response.headers).toMatchObject({ "tideover-rung": "stale", "tideover-degraded": "?1", age: "90" });
  expect(parsed(await textOf(response)).tideover).toMatchObject({ rung: "stale", degraded: true, age_seconds: 90 });
});

test("a provider's name can neither break nor split a header", async () => {
  const origin = { ...LIVE, provider: '方舟 "x"\r\nset-cookie: a' };
  const { handler } = harness((call) => {
    call.trace.attempts.push({ provider: origin.provider, outcome: "answered", ms: 1 });
    return answerOf(streamOf([event(WHOLE_TEXT)]), origin);
  });
  const { headers } = await handler(request());
  for (const value of Object.values(headers)) expect(value).toMatch(/^[\x20-\x7e]*$/);
  expect(headers["tideover-provider"]).toBe('%E6%96%B9%E8%88%9F "x"%0D%0Aset-cookie: a');
});

test.each([
  ["fault", 502, "stream_interrupted"],
  ["deadline", 504, "deadline_exceeded"],
] as const)("an answer that a %s cuts is an error %i, never a part of an answer", async (kind, status, code) => {
  const { handler, records } = harness((call) => {
    call.trace.attempts.push({ provider: "deepseek", outcome: "cut", ms: 400 });
    const ending = { type: "ending", failure: failure(kind, "cut", "The answer was cut.") } as const;
    return answerOf(streamOf(chunks("Hel"), ending));
  });
  const response = await handler(request());
  const text = await textOf(response);
  expect(response.status).toBe(status);
  expect(text).not.toContain("Hel");
  expect(parsed(text)).toMatchObject({ error: { code }, tideover: { rung: "live" } });
  expect(response.headers["x-should-retry"]).toBe("false");
  expect(records).toMatchObject([{ code, status }]);
});

test("a stream that gives nothing more is given up at the deadline", async () => {
  const stream = new ScriptedStream({ now: () => 0, wallTime: () => 0, schedule: () => ({ cancel() {} }) }, [
    { events: chunks("Hel") },
  ]);
  const { clock, handler } = harness(() => answerOf(stream));
  const response = await clock.run(handler(request({ headers: { "tideover-deadline": "2s" } })));
  expect(response.status).toBe(504);
  expect(clock.now()).toBe(2_100);
  expect(stream.cancelled?.kind).toBe("deadline");
  expect(clock.pendingTimers).toBe(0);
});

test("a service that never resolves is left at the deadline, and its late answer is cancelled", async () => {
  const late = Promise.withResolvers<ReturnType<typeof answerOf>>();
  const { clock, handler, calls } = harness(() => late.promise);
  const response = await clock.run(handler(request({ headers: { "tideover-deadline": "200ms" } })));
  expect(response.status).toBe(504);
  expect(clock.now()).toBe(300);
  expect(calls[0]?.signal.aborted).toBe(true);
  const stream = new ScriptedStream(clock, []);
  late.resolve(answerOf(stream));
  await clock.advance(0);
  expect(stream.cancelled?.kind).toBe("deadline");
});

test("a service that throws is a 503 that says nothing of the inside; the record has it all", async () => {
  const thrown = new Error("postgres://user:password@host");
  const { handler, records } = harness(() => Promise.reject(thrown));
  const response = await handler(request());
  expect(response.status).toBe(503);
  expect(await textOf(response)).not.toContain("password");
  expect(records[0]?.thrown).toBe(thrown);
});

test("a caller that leaves before the outcome aborts the call", async () => {
  const { clock, handler, calls, records } = harness((call) => new ScriptedOutcome(call.signal).outcome);
  const client = new AbortController();
  const response = handler(request({ signal: client.signal }));
  await clock.advance(1_000);
  client.abort();
  expect((await response).status).toBe(499);
  expect(calls[0]?.signal.reason).toMatchObject({ type: "failure", kind: "cancelled" });
  expect(records).toMatchObject([{ result: "cancelled", status: 499 }]);
  expect(clock.pendingTimers).toBe(0);
});

test("a caller that leaves while the answer is folded cancels its stream", async () => {
  const { clock, handler, records, streams } = stalled();
  const client = new AbortController();
  const response = handler(request({ signal: client.signal }));
  await clock.advance(1_000);
  client.abort();
  expect((await response).status).toBe(499);
  expect(streams[0]?.cancelled?.kind).toBe("cancelled");
  expect(records).toMatchObject([{ result: "cancelled" }]);
  expect(clock.pendingTimers).toBe(0);
});

test("a caller that was gone from the start starts nothing that stays", async () => {
  const { clock, handler } = stalled();
  const response = await handler(request({ signal: AbortSignal.abort() }));
  expect(response.status).toBe(499);
  expect(clock.pendingTimers).toBe(0);
});

const UNARY = { keepAlive: { intervalMs: 15_000, unary: true } };

test("keep-alive for unstreamed callers: newlines while it takes, then the document", async () => {
  const { clock, handler } = harness(
    (_call, now) => answerOf(new ScriptedStream(now, [{ after: 40_000, events: [event(WHOLE_TEXT)] }, {}])),
    { settings: UNARY },
  );
  const response = await clock.run(handler(request()));
  expect(clock.now()).toBe(15_000);
  expect(response).toMatchObject({ status: 200, headers: { "content-type": "application/json" } });
  const text = await clock.run(textOf(response));
  expect(text).toMatch(/^\n\n\{/);
  expect(parsed(text).choices?.[0]?.message?.content).toBe("你好 👋");
  expect(clock.now()).toBe(40_000);
  expect(clock.pendingTimers).toBe(0);
});

test("keep-alive for unstreamed callers: an early outcome has its own status", async () => {
  const { clock, handler } = harness(() => failure("overloaded", "http-503", "Busy."), { settings: UNARY });
  expect((await handler(request())).status).toBe(503);
  expect(clock.pendingTimers).toBe(0);
});

test("keep-alive for unstreamed callers: who stops reading cancels the answer", async () => {
  const { clock, handler, streams, records } = stalled(UNARY);
  const response = await clock.run(handler(request()));
  if (isWholeBody(response.body)) throw new Error("expected a body that is read");
  response.body.cancel();
  await clock.advance(0);
  expect(streams[0]?.cancelled?.kind).toBe("cancelled");
  expect(records).toMatchObject([{ result: "cancelled" }]);
  expect(clock.pendingTimers).toBe(0);
});

test("without the setting an unstreamed caller gets no early byte", async () => {
  const { clock, handler } = harness((_call, now) =>
    answerOf(new ScriptedStream(now, [{ after: 40_000, events: [event(WHOLE_TEXT)] }, {}])),
  );
  const response = await clock.run(handler(request()));
  expect(clock.now()).toBe(40_000);
  expect(isWholeBody(response.body)).toBe(true);
});

test("embeddings come back as they are", async () => {
  const text =
    '{"object":"list","data":[{"object":"embedding","index":0,"embedding":[0.10000000149011612]}],"model":"e"}';
  const { handler, calls } = harness(() => answerOf(streamOf([event(text)])));
  const response = await handler(request({ path: "/v1/embeddings", body: { model: "e", input: "x" } }));
  expect((await textOf(response)).startsWith(text.slice(0, -1))).toBe(true);
  expect(calls[0]?.request.operation).toBe("embeddings");
});

test("a ticket is 202 with its place", async () => {
  const { handler, records } = harness(() => ({ type: "accepted", jobId: "job-1" }));
  const response = await handler(request({ body: CHAT }));
  expect(response).toMatchObject({ status: 202, headers: { location: "/v1/jobs/job-1", "tideover-rung": "ticket" } });
  expect(parsed(await textOf(response))).toMatchObject({ id: "job-1", object: "job", status: "queued" });
  expect(records).toMatchObject([{ result: "accepted", status: 202 }]);
});

/** An outcome that never comes by itself, and comes when the call is aborted. */
class ScriptedOutcome {
  readonly outcome: Promise<ReturnType<typeof failure>>;
  constructor(signal: AbortSignal) {
    this.outcome = new Promise((resolve) => {
      signal.addEventListener("abort", () => resolve(signal.reason as ReturnType<typeof failure>), { once: true });
    });
  }
}

/** A front whose answers begin and then give nothing more. */
function stalled(settings = {}) {
  const streams: ScriptedStream[] = [];
  const made = harness(
    (_call, clock) => {
      const stream = new ScriptedStream(clock, [{ events: chunks("Hel") }]);
      streams.push(stream);
      return answerOf(stream);
    },
    { settings },
  );
  return { ...made, streams };
}
