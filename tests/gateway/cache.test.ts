import { expectedAnswer } from "@tideover/simulator";
import { resolveConfig, type TideoverConfig } from "tideover/config";
import type { JsonObject } from "tideover/engine";
import type { HttpResponse } from "tideover/front";
import { describe, expect, test } from "vitest";
import { contentOf } from "../harness/ask.ts";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

type Route = TideoverConfig["routes"][number];

const HOUR = 3_600_000;
const KEYS = [
  { name: "shop", key: "shop-key", tenant: "shop" },
  { name: "bank", key: "bank-key", tenant: "bank" },
];
const as = (tenant: string) => ({ authorization: `Bearer ${tenant}-key` });

/** A question at temperature 0 that the simulated provider answers in 40 tokens. */
function question(text: string, more: JsonObject = {}): JsonObject {
  const messages = [{ role: "user", content: `${text} sim_output_tokens=40` }];
  return { model: "sim-chat", messages, temperature: 0, ...more };
}

/** A gateway with two tenants before one simulated provider, which can be switched off. */
function stage(route: Partial<Route> = {}, more: Partial<TideoverConfig> = {}) {
  const control: { fault: string | undefined } = { fault: undefined };
  const configOf = (changes: Partial<Route> = {}): TideoverConfig => ({
    server: { keys: KEYS },
    providers: {
      up: { preset: "deepseek", baseUrl: virtualUrl("up"), apiKey: "sk-test" },
      spare: { preset: "openai-compatible", baseUrl: virtualUrl("spare") },
    },
    routes: [{ name: "all", model: "*", ladder: ["up", "stale"], ...route, ...changes }],
    ...more,
  });
  const resolved = (changes?: Partial<Route>) => {
    const loaded = resolveConfig(configOf(changes));
    if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
    return loaded.config;
  };
  const pacing = { ttftMs: 400, tokensPerSecond: 40 };
  const virtual = virtualStage(resolved(), {
    up: { pacing, faultFor: () => control.fault },
    spare: { pacing },
  });
  const { clock, gateway, upstreams } = virtual;
  const answered = async (response: HttpResponse, stream: boolean) => {
    const text = await textOf(response);
    const events = text.split("\n\n").flatMap((block) => (block.startsWith("data: {") ? [block.slice(6)] : []));
    const documents: JsonObject[] = stream ? events.map((data) => JSON.parse(data)) : [JSON.parse(text)];
    return {
      status: response.status,
      headers: response.headers,
      content: documents.map(contentOf).join(""),
      last: documents.at(-1) ?? {},
      whole: !stream || text.endsWith("data: [DONE]\n\n"),
    };
  };
  const sent = async (body: JsonObject, tenant: string, headers: Readonly<Record<string, string>>) =>
    answered(await virtual.post(body, { ...as(tenant), ...headers }), body.stream === true);
  const ask = (body: JsonObject, tenant = "shop", headers: Readonly<Record<string, string>> = {}) =>
    clock.run(sent(body, tenant, headers));
  const asked = () => upstreams.up?.counters.requests ?? 0;
  return {
    ...virtual,
    clock,
    gateway,
    control,
    ask,
    sent,
    asked,
    reload: (changes: Partial<Route>) => gateway.reload(resolved(changes)),
  };
}

const lamp = question("Describe the lamp 灯.");
const text = expectedAnswer(lamp).content;

test("a repeated question is answered from the copy, streamed and not, whichever way the first was asked", async () => {
  for (const first of [false, true]) {
    const { ask, asked, clock } = stage();
    const made = await ask({ ...lamp, stream: first });
    expect(made).toMatchObject({ status: 200, content: text, whole: true });
    expect(made.headers["tideover-rung"]).toBe("live");
    expect(made.headers["cache-status"]).toBe(first ? "tideover; fwd=miss" : "tideover; fwd=miss; stored");
    await clock.advance(90_000);
    for (const stream of [false, true, false, true]) {
      const before = clock.now();
      const copy = await ask({ ...lamp, stream });
      expect(copy).toMatchObject({ status: 200, content: text, whole: true });
      expect(copy.headers).toMatchObject({ "tideover-rung": "cache", "tideover-degraded": "?0", age: "90" });
      expect(copy.headers["cache-status"]).toMatch(/^tideover; hit; ttl=3[0-9]{3}$/);
      expect(copy.last.tideover).toMatchObject({ rung: "cache", provider: "up", age_seconds: 90, attempts: [] });
      expect(clock.now() - before).toBe(0);
    }
    expect(asked()).toBe(1);
  }
});

test("a usage chunk is replayed only to who asked for one", async () => {
  const { ask } = stage();
  await ask({ ...lamp, stream: true });
  const plain = await ask({ ...lamp, stream: true });
  const counted = await ask({ ...lamp, stream: true, stream_options: { include_usage: true } });
  expect(counted.last.usage).toMatchObject({ completion_tokens: expect.any(Number) });
  expect(plain.headers["tideover-rung"]).toBe("cache");
});

test("another tenant's identical question is its own", async () => {
  const { ask, asked } = stage();
  await ask(lamp, "shop");
  expect((await ask(lamp, "bank")).headers["tideover-rung"]).toBe("live");
  expect(asked()).toBe(2);
});

test("a thousand who ask at once, streamed and not, reach the provider once", async () => {
  const { sent, asked, clock, upstreams } = stage();
  const all = Array.from({ length: 1_000 }, (_, index) => sent({ ...lamp, stream: index % 2 === 0 }, "shop", {}));
  const done = await clock.run(Promise.all(all));
  expect(new Set(done.map(({ status, content, whole }) => `${status} ${content === text} ${whole}`))).toEqual(
    new Set(["200 true true"]),
  );
  expect(asked()).toBe(1);
  expect(done.filter(({ headers }) => headers["cache-status"]?.includes("collapsed"))).toHaveLength(999);
  await clock.advance(0);
  expect([clock.pendingTimers, upstreams.up?.counters.inFlight]).toEqual([0, 0]);
});

test("two tenants who ask the same at once are two askers", async () => {
  const { sent, asked, clock } = stage();
  const all = Array.from({ length: 20 }, (_, index) => sent(lamp, index % 2 === 0 ? "shop" : "bank", {}));
  await clock.run(Promise.all(all));
  expect(asked()).toBe(2);
});

test("sixty who ask at once of a provider that fails share its failure, and none of them hangs", async () => {
  const { sent, asked, clock, control } = stage({ retry: "off", ladder: ["up"] });
  control.fault = "503";
  const all = Array.from({ length: 60 }, () => sent(lamp, "shop", {}));
  const done = await clock.run(Promise.all(all));
  expect(done.map(({ status }) => status)).toEqual(done.map(() => 503));
  expect(asked()).toBe(1);
  expect(clock.pendingTimers).toBe(0);
});

describe("stale", () => {
  test("the provider down for good: yesterday's answer with its true age, and none for another tenant", async () => {
    const { ask, clock, control } = stage();
    const warm = { ...lamp, temperature: 1 };
    await ask(warm);
    await clock.advance(26 * HOUR);
    control.fault = "503";
    for (let index = 0; index < 8; index++) await ask(question(`Another question ${index}`), "bank");
    const before = clock.now();
    for (const stream of [false, true]) {
      const copy = await ask({ ...warm, stream });
      expect(copy).toMatchObject({ status: 200, content: expectedAnswer(warm).content, whole: true });
      expect(copy.headers).toMatchObject({ "tideover-rung": "stale", "tideover-degraded": "?1" });
      expect(Number(copy.headers.age)).toBeGreaterThanOrEqual(26 * 3_600);
      expect(copy.headers["cache-status"]).toMatch(/^tideover; hit; ttl=-\d+$/);
      expect(copy.last.tideover).toMatchObject({ rung: "stale", degraded: true });
    }
    // The breaker knows: nothing is waited for.
    expect(clock.now() - before).toBeLessThan(50);
    expect((await ask(warm, "bank")).status).toBe(503);
  });

  test("it is given early when the provider has shown nothing by then, and the provider is let go", async () => {
    const { ask, clock, control, upstreams } = stage({ ladder: ["up", { stale: { after: "2s" } }] });
    await ask({ ...lamp, temperature: 1 });
    control.fault = "silence";
    const before = clock.now();
    const copy = await ask({ ...lamp, temperature: 1 });
    expect(copy.headers["tideover-rung"]).toBe("stale");
    expect(clock.now() - before).toBeCloseTo(2_000, 3);
    await clock.advance(10);
    expect(upstreams.up?.counters.inFlight).toBe(0);
  });

  test("past its time, or refused by the caller, it is none", async () => {
    const { ask, clock, control } = stage({ cache: { stale: "2d" }, retry: "off" });
    await ask(lamp);
    await clock.advance(2 * HOUR);
    control.fault = "503";
    expect((await ask(lamp, "shop", { "cache-control": "no-cache" })).status).toBe(503);
    expect((await ask(lamp, "shop", { "cache-control": "max-stale=60" })).status).toBe(503);
    expect((await ask(lamp, "shop", { "cache-control": "max-stale=14400" })).headers["tideover-rung"]).toBe("stale");
    await clock.advance(47 * HOUR);
    expect((await ask(lamp)).status).toBe(503);
  });
});

describe("what a caller may say", () => {
  test("only-if-cached", async () => {
    const { ask, asked } = stage();
    const none = await ask(lamp, "shop", { "cache-control": "only-if-cached" });
    expect([none.status, none.last.error]).toMatchObject([504, { code: "not_cached" }]);
    expect(asked()).toBe(0);
    await ask(lamp);
    expect((await ask(lamp, "shop", { "cache-control": "only-if-cached" })).content).toBe(text);
  });

  test("no-store leaves nothing behind", async () => {
    const { ask, gateway } = stage();
    await ask(lamp, "shop", { "cache-control": "no-store" });
    expect(gateway.runtime.caching?.answers.figures.entries).toBe(0);
  });
});

test("a purge by tag, route, model and tenant", async () => {
  const { ask, gateway } = stage();
  const answers = gateway.runtime.caching?.answers;
  for (const selection of [{ tag: "lamps" }, { route: "all" }, { model: "sim-chat" }, { tenant: "shop" }]) {
    await ask(lamp, "shop", { "tideover-cache-tags": "lamps, page-7" });
    expect(await answers?.purge({ tenant: "bank" })).toBe(0);
    expect(await answers?.purge(selection)).toBe(1);
    expect((await ask(lamp, "shop", { "cache-control": "only-if-cached" })).status).toBe(504);
  }
});

test("copies survive a reload, unless the answers would come from elsewhere", async () => {
  const { ask, reload } = stage();
  await ask(lamp);
  reload({ firstToken: "7s", cache: { fresh: "2h" } });
  expect((await ask(lamp)).headers["tideover-rung"]).toBe("cache");
  reload({ ladder: ["spare", "stale"] });
  expect((await ask(lamp)).headers["tideover-rung"]).toBe("live");
});

describe("similar", () => {
  const ladder: Route["ladder"] = ["up", { similar: { provider: "spare", model: "embed", threshold: 0.9 } }];
  /** The same words, so the same vector, in other messages: another request. */
  const split = (system: string): JsonObject => ({
    ...lamp,
    messages: [
      { role: "system", content: system },
      { role: "user", content: "One" },
      { role: "assistant", content: "two sim_output_tokens=40" },
    ],
  });
  const joined = (system: string): JsonObject => ({
    ...lamp,
    messages: [
      { role: "system", content: system },
      { role: "user", content: "One\nassistant: two sim_output_tokens=40" },
    ],
  });

  test("the stored answer to the nearest question, marked with its similarity, only when nothing live answers", async () => {
    const { ask, clock, control, upstreams } = stage({ ladder, retry: "off" });
    const made = await ask(split("Be short."));
    await clock.advance(2_000);
    expect(upstreams.spare?.counters.requests).toBe(1);
    control.fault = "503";
    for (const stream of [false, true]) {
      const near = await ask({ ...joined("Be short."), stream });
      expect([near.status, near.content, near.whole]).toEqual([200, made.content, true]);
      expect(near.headers).toMatchObject({ "tideover-rung": "similar", "tideover-degraded": "?1" });
      expect(near.headers["cache-status"]).toBe("tideover; fwd=miss");
      expect(near.last.tideover).toMatchObject({ rung: "similar", degraded: true, similarity: 1, age_seconds: 2 });
    }
    for (const [body, tenant] of [
      [question("Something else."), "shop"],
      [joined("Be long."), "shop"],
      [{ ...joined("Be short."), seed: 7 }, "shop"],
      [joined("Be short."), "bank"],
    ] as const) {
      expect((await ask(body, tenant)).status).toBe(503);
    }
  });
});
