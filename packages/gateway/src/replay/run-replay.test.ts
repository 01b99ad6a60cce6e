import { createInProcessTransport, createUpstreamModel, type UpstreamOptions } from "@tideover/simulator";
import { seededRandom } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { generateTrace } from "./generate-trace.ts";
import { judgeSimulated } from "./judge.ts";
import { Replay, type ReplayOptions } from "./run-replay.ts";
import { sendRequest } from "./send-request.ts";
import { firstPart, type TraceEntry } from "./trace.ts";

const BOUNDS = { answerMs: 60_000, silenceMs: 30_000, totalMs: 600_000 };

/** A replay straight at a simulated provider, in virtual time. */
function stage(
  trace: Iterable<TraceEntry>,
  upstream: Omit<UpstreamOptions, "clock">,
  more: Partial<ReplayOptions> = {},
) {
  const clock = new VirtualClock();
  const model = createUpstreamModel({ ...upstream, clock });
  const target = { url: "http://provider.test", bounds: BOUNDS, transport: createInProcessTransport(model), clock };
  const stop = new AbortController();
  const replay = new Replay({
    trace: firstPart(trace, 60_000),
    speed: 1,
    streamShare: 0.5,
    model: "sim-chat",
    clock,
    random: seededRandom(1),
    send: (body, dueAt) => sendRequest(target, body, dueAt, stop.signal),
    // Without a gateway nobody names a rung: all is the provider's.
    judge: (body, observation) => judgeSimulated(body, { ...observation, rung: "live" }, ""),
    stop: stop.signal,
    ...more,
  });
  return { clock, model, replay, stop };
}

const every = (gapMs: number, count: number): TraceEntry[] =>
  Array.from({ length: count }, (_, index) => ({ atMs: index * gapMs, promptTokens: 100, outputTokens: 40 }));

test("a minute at a healthy provider: every answer whole and right, and nothing left behind", async () => {
  const { clock, model, replay } = stage(generateTrace(seededRandom(3)), { profile: "faults" });
  const result = await clock.run(replay.run());
  expect(result.requests).toBeGreaterThan(200);
  expect(result.outcomes).toEqual({ answered: result.requests });
  expect(result.verdicts).toEqual({ right: result.requests, truncated: 0, different: 0, "not-compared": 0 });
  expect(result.streamed).toBeGreaterThan(result.requests * 0.4);
  expect(result.firstToken.count).toBe(result.streamed);
  expect(result.streamedTotal.count + result.unstreamedTotal.count).toBe(result.requests);
  expect(result.unstated).toBe(0);
  expect([model.counters.inFlight, clock.pendingTimers]).toEqual([0, 0]);
});

test("requests go out when they are due, also when it goes faster than recorded", async () => {
  const { clock, model, replay } = stage(every(1_000, 11), { profile: "faults" }, { speed: 2 });
  const running = replay.run();
  await clock.advance(2_499);
  expect(model.counters.requests).toBe(5);
  await clock.advance(1);
  expect(model.counters.requests).toBe(6);
  const result = await clock.run(running);
  expect(result.sendLag.max).toBeLessThanOrEqual(1);
  expect(result.requests).toBe(11);
});

test.each([
  ["cut", "connection-lost", { interrupted: 1, unstated: 1, truncated: 0 }],
  ["stall", "hung", { interrupted: 1, unstated: 1, truncated: 0 }],
  ["keep-alive-only", "hung", { interrupted: 0, unstated: 1, truncated: 0 }],
  ["cut-clean", "ended-without-done", { interrupted: 1, unstated: 1, truncated: 1 }],
  ["error-in-stream", "service_unavailable_error", { interrupted: 1, unstated: 0, truncated: 0 }],
  ["503", "service_unavailable_error", { interrupted: 0, unstated: 0, truncated: 0 }],
  ["html", "http-502", { interrupted: 0, unstated: 1, truncated: 0 }],
  ["reset", "connection-reset", { interrupted: 0, unstated: 1, truncated: 0 }],
])("a stream with %s ends as %s", async (fault, outcome, { interrupted, unstated, truncated }) => {
  const { clock, model, replay } = stage(every(1, 1), { profile: "faults", faultFor: () => fault }, { streamShare: 1 });
  const result = await clock.run(replay.run());
  expect(result.outcomes).toEqual({ [outcome]: 1 });
  expect([result.interrupted, result.unstated, result.verdicts.truncated]).toEqual([interrupted, unstated, truncated]);
  expect([model.counters.inFlight, clock.pendingTimers]).toEqual([0, 0]);
});

test.each(["stall", "cut", "blank-eof"])("an unstreamed answer with %s is no answer", async (fault) => {
  const { clock, model, replay } = stage(every(1, 1), { profile: "faults", faultFor: () => fault }, { streamShare: 0 });
  const result = await clock.run(replay.run());
  expect([result.outcomes.answered, result.unstated]).toEqual([undefined, 1]);
  expect(result.elapsedMs).toBeLessThanOrEqual(BOUNDS.answerMs + 1);
  expect([model.counters.inFlight, clock.pendingTimers]).toEqual([0, 0]);
});

test("a stream that goes on for ever is given up", async () => {
  const { clock, replay } = stage(
    every(1, 1),
    { profile: "faults", faultFor: () => "trickle-25000" },
    { streamShare: 1 },
  );
  const result = await clock.run(replay.run());
  expect(result.outcomes).toEqual({ hung: 1 });
  expect(result.elapsedMs).toBeCloseTo(BOUNDS.totalMs, -1);
});

test("a stop ends what is open, sends no more, and tells what was sent", async () => {
  const { clock, model, replay, stop } = stage(every(1_000, 50), { profile: "faults", faultFor: () => "stall" });
  const running = replay.run();
  await clock.advance(5_500);
  stop.abort();
  const result = await clock.run(running);
  expect([result.requests, result.outcomes]).toEqual([6, { stopped: 6 }]);
  expect([model.counters.inFlight, clock.pendingTimers]).toEqual([0, 0]);
});

test("no more are open than allowed, and the wait counts from when a request was due", async () => {
  const slow = { profile: "faults", pacing: { ttftMs: 10_000 } } as const;
  const { clock, replay } = stage(every(1, 4), slow, { mostOpen: 2, streamShare: 1 });
  const result = await clock.run(replay.run());
  expect(result.mostOpen).toBe(2);
  expect(result.firstToken.max).toBeGreaterThan(19_000);
  expect(result.sendLag.max).toBeGreaterThan(9_000);
});

test("a trace that turns out to be bad ends what is open before it is told", async () => {
  function* bad(): Generator<TraceEntry> {
    yield* every(1, 3);
    throw new Error("line 5 is bad");
  }
  const { clock, model, replay } = stage(bad(), { profile: "faults" });
  await expect(clock.run(replay.run())).rejects.toThrow("line 5 is bad");
  expect(model.counters).toMatchObject({ requests: 3, inFlight: 0 });
});

test("an answer that changed hands is counted as continued", async () => {
  const { clock, replay } = stage(every(1, 1), { profile: "faults" }, { streamShare: 1, judge: () => "right" });
  const whole = await clock.run(replay.run());
  expect(whole.continued).toBe(0);
  const seam = { at: 3, from: "busy", to: "spare", mode: "beta-prefix" };
  const account = { rung: "live", degraded: false, attempts: [{ provider: "busy", outcome: "cut" }], seams: [seam] };
  const events = [{ choices: [{ delta: { content: "Tide." } }] }, { choices: [], tideover: account }];
  const text = `${events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join("")}data: [DONE]\n\n`;
  const chunks = [new TextEncoder().encode(text), undefined];
  const body = { read: async () => chunks.shift(), cancel: () => undefined };
  const header = () => "text/event-stream";
  const transport = { send: async () => ({ type: "response", status: 200, header, body }) as const };
  const target = { url: "http://gateway.test", bounds: BOUNDS, transport, clock };
  const seen = await sendRequest(target, { stream: true }, clock.now(), new AbortController().signal);
  expect(seen).toMatchObject({ outcome: "answered", continued: true, attempts: account.attempts, text: "Tide." });
});
