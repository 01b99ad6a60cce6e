import { type JsonObject, seededRandom } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { createInProcessTransport } from "../in-process/in-process-transport.ts";
import { callModel, chatBody, foldStream, testModel } from "../testing/call-model.ts";
import type { UpstreamOptions } from "./options.ts";
import { lognormalSample } from "./pacing.ts";
import { findProfile, listProfiles } from "./profiles.ts";
import { createUpstreamModel } from "./upstream-model.ts";

/** Sends without reading; the answer runs in the background of virtual time. */
function sendTo(model: ReturnType<typeof createUpstreamModel>, body: JsonObject, key = "") {
  const abort = new AbortController();
  const headers: Record<string, string> = key === "" ? {} : { authorization: `Bearer ${key}` };
  const url = "http://upstream/chat/completions";
  const request = { method: "POST", url, headers, body: JSON.stringify(body) } as const;
  const response = createInProcessTransport(model).send(request, abort.signal);
  return { abort, response };
}

/** Everything that 40 requests of a mixed load wrote, with its times. */
async function recordRun(options: Partial<UpstreamOptions>): Promise<string> {
  const clock = new VirtualClock();
  const model = createUpstreamModel({ clock, ...options });
  const log: string[] = [];
  for (let index = 0; index < 40; index++) {
    const note = (text: string) => void log.push(`${clock.now().toFixed(6)} ${index} ${text}`);
    clock.schedule(index * 700, () => {
      model.exchange(
        {
          method: "POST",
          path: "/v1/chat/completions",
          headers: {},
          body: JSON.stringify(chatBody(`q${index % 7}`, { stream: index % 2 === 0 })),
        },
        {
          head: (status, headers) => note(`${status} ${JSON.stringify(headers)}`),
          write: (bytes) => note(new TextDecoder().decode(bytes)),
          end: () => note("end"),
          drop: () => note("drop"),
          reset: () => note("reset"),
          refuse: () => note("refuse"),
          full: () => false,
        },
      );
    });
  }
  await clock.advance(3_600_000);
  expect(clock.pendingTimers).toBe(0);
  expect(model.counters.inFlight).toBe(0);
  return log.join("\n");
}

test("two runs of one seed give the same bytes at the same times, another seed others", async () => {
  const options = { profile: "brownout", pacing: { slots: 4, queue: 8 } };
  const first = await recordRun({ ...options, seed: 7 });
  expect(await recordRun({ ...options, seed: 7 })).toBe(first);
  expect(await recordRun({ ...options, seed: 8 })).not.toBe(first);
});

test("the text does not depend on the seed of the profile", async () => {
  const texts = await Promise.all(
    [1, 2].map(async (seed) =>
      foldStream((await callModel(testModel({ seed }), chatBody("x", { stream: true }))).text),
    ),
  );
  expect(texts[0]?.content).toBe(texts[1]?.content);
  expect(texts[0]?.chunks[0]?.id).not.toBe(texts[1]?.chunks[0]?.id);
});

test("slots bound what runs, the queue what waits, and more is refused with 503", async () => {
  const { clock, model } = testModel({ pacing: { slots: 2, queue: 3, ttftMs: 1_000 } });
  const sent = Array.from({ length: 6 }, (_, index) => sendTo(model, chatBody(`q${index}`, { stream: true })));
  const heads = await clock.run(Promise.all(sent.map((one) => one.response)));
  expect(heads.map((head) => (head.type === "response" ? head.status : 0))).toEqual([200, 200, 200, 200, 200, 503]);
  expect(model.counters).toMatchObject({ running: 2, queued: 3, started: 2, refused: 1, inFlight: 5 });
  await clock.advance(60_000);
  expect(model.counters).toMatchObject({ running: 0, queued: 0, started: 5, finished: 5, inFlight: 0 });
});

test("a queued caller gets its head at once and signs of life until its turn", async () => {
  const world = testModel({ pacing: { slots: 1, queue: 5, ttftMs: 400, keepAliveMs: 100 } });
  sendTo(world.model, chatBody("first", { stream: true }));
  const streamed = await callModel(world, chatBody("second", { stream: true }));
  expect(streamed.text).toMatch(/^(: keep-alive\n\n){7,}data: \{/);
  sendTo(world.model, chatBody("third", { stream: true }));
  const document = await callModel(world, chatBody("fourth"));
  expect(document.text).toMatch(/^\n{7,}\{/);
});

test("a caller that leaves frees its slot, or its place in the queue, at once", async () => {
  const { clock, model } = testModel({ pacing: { slots: 1, queue: 5, ttftMs: 60_000 } });
  const running = sendTo(model, chatBody("a", { stream: true }));
  const waiting = sendTo(model, chatBody("b", { stream: true }));
  const next = sendTo(model, chatBody("c", { stream: true }));
  await clock.advance(10);
  for (const { response } of [waiting, running]) {
    const head = await response;
    if (head.type === "response") head.body.cancel();
  }
  expect(model.counters).toMatchObject({ running: 1, queued: 0, started: 2, abortedByCaller: 2, inFlight: 1 });
  await clock.advance(120_000);
  expect((await next.response).type).toBe("response");
  expect(model.counters).toMatchObject({ finished: 1, inFlight: 0 });
  expect(clock.pendingTimers).toBe(0);
});

test("a request that has not started after ten minutes is closed", async () => {
  const world = testModel({ pacing: { slots: 1, queue: 1, ttftMs: 0, tokensPerSecond: 0.01 } });
  sendTo(world.model, chatBody("slow", { stream: true }));
  const received = await callModel(world, chatBody("late"));
  expect(received).toMatchObject({ status: 200, tookMs: 600_000, failure: undefined });
  expect(received.text.trim()).toBe("");
  expect(world.model.counters.expired).toBe(1);
});

test("more or fewer slots take effect at once", async () => {
  const { clock, model } = testModel({ pacing: { slots: 1, queue: 9, ttftMs: 50_000 } });
  for (let index = 0; index < 5; index++) sendTo(model, chatBody(`q${index}`));
  await clock.advance(1);
  model.setPacing({ slots: 4, queue: 9, ttftMs: 50_000 });
  expect(model.counters).toMatchObject({ running: 4, queued: 1 });
});

test("an account's concurrency follows its balance, and the 429 states both numbers", async () => {
  const { clock, model } = testModel({ balance: 0.5, pacing: { ttftMs: 1_000 } });
  for (let index = 0; index < 5; index++) sendTo(model, chatBody(`q${index}`), "one");
  const refused = await callModel({ clock, model }, chatBody("x"), { headers: { authorization: "Bearer one" } });
  expect(refused.status).toBe(429);
  expect(refused.text).toContain("current concurrency is 6, which exceeds your concurrency limit of 5 based on");
  const other = await callModel({ clock, model }, chatBody("x"), { headers: { authorization: "Bearer two" } });
  expect(other.status).toBe(200);
  await clock.advance(60_000);
  const later = await callModel({ clock, model }, chatBody("x"), { headers: { authorization: "Bearer one" } });
  expect(later.status).toBe(200);
  model.setBalance(0);
  expect((await callModel({ clock, model }, chatBody("x"))).status).toBe(402);
});

test("keys are checked when there are any", async () => {
  const world = testModel({ keys: ["sk-right"] });
  const call = (headers: Record<string, string>) => callModel(world, chatBody("x"), { headers });
  const missing = await call({});
  expect(missing).toMatchObject({ status: 401, text: "Authentication Fails (governor)" });
  expect(missing.bytes).toHaveLength(31);
  const wrong = await call({ authorization: "Bearer sk-wrong-1234" });
  expect(JSON.parse(wrong.text).error).toMatchObject({
    type: "authentication_error",
    code: "invalid_request_error",
    message: expect.stringMatching(/^Authentication Fails, Your api key: \*\*\*\*1234 is invalid \(request_id: /),
  });
  expect((await call({ authorization: "Bearer sk-right" })).status).toBe(200);
});

test("models that do not exist and contexts that are too long are refused", async () => {
  const world = testModel({ models: ["deepseek-flash"], contextTokens: 100 });
  expect((await callModel(world, chatBody("x", { model: "deepseek-chat" }))).text).toContain("Model Not Exist");
  expect((await callModel(world, chatBody("x", { model: "fault-empty" }))).status).toBe(200);
  expect((await callModel(world, chatBody("x".repeat(400)))).text).toContain("maximum context length is 100 tokens");
  expect((await callModel(world, chatBody("x", { max_tokens: 200 }))).status).toBe(400);
});

test("a prompt that begins as an earlier one is cached in blocks of 64 tokens, per user", async () => {
  const world = testModel();
  const usage = async (text: string, more = {}) =>
    JSON.parse((await callModel(world, chatBody(text, more))).text).usage as Record<string, number>;
  const long = "every word counts ".repeat(100);
  expect(await usage(`${long}A`)).toMatchObject({ prompt_cache_hit_tokens: 0 });
  const second = await usage(`${long}B`);
  expect(second.prompt_cache_hit_tokens).toBeGreaterThan(400);
  expect((second.prompt_cache_hit_tokens ?? 1) % 64).toBe(0);
  expect((second.prompt_cache_hit_tokens ?? 0) + (second.prompt_cache_miss_tokens ?? 0)).toBe(second.prompt_tokens);
  expect(await usage(`${long}C`, { user_id: "another" })).toMatchObject({ prompt_cache_hit_tokens: 0 });
});

test("a long prompt delays the first token, a cached one does not", async () => {
  const world = testModel({ pacing: { promptTokensPerSecond: 100, ttftMs: 0, jitter: 0, keepAliveMs: 1e9 } });
  const body = chatBody("0123456789 ".repeat(100), { metadata: { sim_output_tokens: 1 } });
  const first = await callModel(world, body);
  const second = await callModel(world, body);
  expect(first.tookMs).toBeGreaterThan(3_000);
  expect(second.tookMs).toBeLessThan(1_000);
});

test("peak looks as its figures say", async () => {
  const random = seededRandom(3);
  const { wait } = findProfile("peak");
  const waits = Array.from({ length: 5_000 }, () => lognormalSample(random, wait.medianMs, wait.p95Ms)).sort(
    (a, b) => a - b,
  );
  expect((waits[2_500] ?? 0) / wait.medianMs).toBeCloseTo(1, 1);
  expect(Math.abs((waits[4_750] ?? 0) / wait.p95Ms - 1)).toBeLessThan(0.1);
});

test("the fault mix of a profile strikes in its shares", async () => {
  const { clock, model } = testModel({ profile: "brownout", pacing: { slots: 10_000, queue: 0 } });
  for (let index = 0; index < 2_000; index++) sendTo(model, chatBody("x", { stream: true }));
  await clock.advance(10_000);
  const share = (fault: string) => (model.counters.faults[fault] ?? 0) / 2_000;
  for (const { fault, share: expected } of findProfile("brownout").faults) {
    expect(Math.abs(share(fault) - expected)).toBeLessThan(0.03);
  }
  model.close();
  expect(model.counters.inFlight).toBe(0);
  expect(clock.pendingTimers).toBe(0);
});

test("a profile can be changed while the model runs, and an unknown one is refused with the known ones", async () => {
  const world = testModel();
  world.model.setProfile("outage");
  const failures: string[] = [];
  for (let index = 0; index < 20; index++) {
    const received = await callModel(world, chatBody(`q${index}`), { giveUpAfterMs: 1_000 });
    failures.push(received.failure?.reason ?? `${received.status}`);
  }
  expect(failures).not.toContain("200");
  expect(() => world.model.setProfile("sunny")).toThrow(/no profile "sunny".*calm, peak, brownout, outage, faults/);
  expect(listProfiles().every((profile) => profile.synthetic && profile.description !== "")).toBe(true);
});

test("a scenario can choose the fault of each request", async () => {
  const world = testModel({ faultFor: ({ ordinal }) => (ordinal === 1 ? "503" : undefined) });
  const statuses = [];
  for (let index = 0; index < 3; index++) statuses.push((await callModel(world, chatBody("x"))).status);
  expect(statuses).toEqual([200, 503, 200]);
});

test("timeScale shortens every time", async () => {
  const slow = await callModel(testModel({ profile: "calm", seed: 5 }), chatBody("x"));
  const fast = await callModel(testModel({ profile: "calm", seed: 5, timeScale: 0.01 }), chatBody("x"));
  expect(slow.status).toBe(200);
  expect(fast.tookMs * 100).toBeCloseTo(slow.tookMs, 5);
  expect(() => testModel({ timeScale: 0 })).toThrow("timeScale must be a number above 0, found 0.");
});

test("counters tell what happened, by path and by fault", async () => {
  const world = testModel();
  await callModel(world, chatBody("x", { stream: true }));
  await callModel(world, chatBody("x", { model: "fault-503" }), { path: "/chat/completions" });
  await callModel(world, undefined, { path: "/nowhere" });
  expect(world.model.counters).toMatchObject({
    requests: 3,
    inFlight: 0,
    peakInFlight: 1,
    started: 1,
    finished: 1,
    refused: 2,
    faults: { "503": 1 },
    paths: { "/v1/chat/completions": 1, "/chat/completions": 1, other: 1 },
  });
  const stats = JSON.parse((await callModel(world, undefined, { path: "/sim/stats" })).text);
  expect(stats).toMatchObject({ profile: "faults", requests: 3 });
});

test("the control paths change the profile and list the faults", async () => {
  const world = testModel();
  const set = (body: JsonObject) => callModel(world, body, { path: "/sim/profile" });
  expect((await set({ profile: "peak" })).status).toBe(200);
  expect(world.model.profile.name).toBe("peak");
  expect(await set({ profile: "sunny" })).toMatchObject({ status: 400 });
  expect(await set({})).toMatchObject({ status: 400 });
  const faults = JSON.parse((await callModel(world, undefined, { path: "/sim/faults" })).text);
  expect(faults[0]).toMatchObject({ name: "fault-429-once" });
  expect(world.model.counters.requests).toBe(0);
});

test("maxChunks packs tokens together and keeps the text", async () => {
  const body = chatBody("x", { stream: true, metadata: { sim_output_tokens: 500 } });
  const one = foldStream((await callModel(testModel(), body)).text);
  const few = foldStream((await callModel(testModel({ maxChunks: 8 }), body)).text);
  expect(few.content).toBe(one.content);
  expect(one.chunks).toHaveLength(502);
  expect(few.chunks).toHaveLength(10);
});
