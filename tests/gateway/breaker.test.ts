import type { UpstreamServerOptions } from "@tideover/simulator";
import { expect, test } from "vitest";
import { ask, askStreamed, chat, contentOf, errorOf } from "../harness/ask.ts";
import { pause } from "../harness/promptly.ts";
import { recordingLog } from "../harness/recording-log.ts";
import { FAST, type Stage, type StageOptions, stage } from "../harness/stage.ts";

/** How long the breakers of these tests stay open, in ms: far longer than a slow machine takes for a test's requests. */
const OPEN_MS = 2_000;

/** A provider that answers within a few ms, so that a whole test fits into the time a breaker is open. */
const QUICK: UpstreamServerOptions = { ...FAST, pacing: { ttftMs: 1, tokensPerSecond: 100_000 }, tokensPerChunk: 20 };

/** A provider whose health can be switched. */
function switchable(): { readonly options: UpstreamServerOptions; broken: string | undefined } {
  const health: { options: UpstreamServerOptions; broken: string | undefined } = {
    broken: "503",
    options: { ...QUICK, faultFor: () => health.broken },
  };
  return health;
}

const BREAKER = { consecutive: 5, open: `${OPEN_MS}ms`, maxOpen: `${OPEN_MS}ms` } as const;

function breakerStage(health: { options: UpstreamServerOptions }, more: Partial<StageOptions> = {}): Promise<Stage> {
  return stage({
    upstreams: { weak: health.options, firm: QUICK },
    providers: { weak: { breaker: BREAKER, models: { "shop-chat": "sim-chat", "help-chat": "sim-chat" } } },
    routes: [{ model: "*", ladder: ["weak", "firm"] }],
    ...more,
  });
}

const requestsOf = (on: Stage, name: string) => on.upstreams[name]?.model.counters.requests ?? 0;
const times = (count: number) => Array.from({ length: count }, (_, index) => index);

test.each(["503", "500", "reset", "429"])(
  "five times %s open the breaker; then the provider gets no traffic",
  async (fault) => {
    const health = switchable();
    health.broken = fault;
    const { log, entries } = recordingLog();
    await using on = await breakerStage(health, { log });
    for (const _ of times(5))
      expect((await ask(on.url, chat("sim-chat"))).headers.get("tideover-rung")).toBe("alternate");
    const atOpening = requestsOf(on, "weak");

    for (const _ of times(5)) {
      const reply = await ask(on.url, chat("sim-chat"));
      expect(reply.headers.get("tideover-rung")).toBe("alternate");
      expect(reply.headers.get("tideover-attempts")).toBe("1");
    }
    const streamed = await askStreamed(on.url, chat("sim-chat"));
    expect(streamed.done).toBe(true);
    expect(requestsOf(on, "weak")).toBe(atOpening);
    expect(entries.find(({ fields }) => fields.event === "breaker-changed")).toMatchObject({
      level: "warn",
      fields: { provider: "weak", state: "open" },
    });
  },
);

test("a success between them starts the count again", async () => {
  const health = switchable();
  await using on = await breakerStage(health);
  for (const broken of ["500", undefined, "500", undefined]) {
    health.broken = broken;
    for (const _ of times(broken === undefined ? 1 : 4)) await ask(on.url, chat("sim-chat"));
  }
  expect((await ask(on.url, chat("sim-chat"))).headers.get("tideover-rung")).toBe("live");
});

test("the caller's own faults and filtered answers do not count", async () => {
  const health = switchable();
  await using on = await breakerStage(health);
  for (const fault of ["422", "context-length", "content-filter"]) {
    health.broken = fault;
    for (const _ of times(6)) await ask(on.url, chat("sim-chat"));
  }
  health.broken = undefined;
  expect((await ask(on.url, chat("sim-chat"))).headers.get("tideover-rung")).toBe("live");
});

test("after the set time a few probes go out; while they fail it stays open", async () => {
  const health = switchable();
  await using on = await breakerStage(health);
  for (const _ of times(5)) await ask(on.url, chat("sim-chat"));
  const atOpening = requestsOf(on, "weak");
  await pause(OPEN_MS + 50);

  const replies = await Promise.all(times(30).map(() => ask(on.url, chat("sim-chat"))));
  expect(replies.map((reply) => reply.status)).toEqual(times(30).map(() => 200));
  const probes = requestsOf(on, "weak") - atOpening;
  expect(probes).toBeGreaterThan(0);
  expect(probes).toBeLessThanOrEqual(3);

  const afterProbes = requestsOf(on, "weak");
  await ask(on.url, chat("sim-chat"));
  expect(requestsOf(on, "weak")).toBe(afterProbes);
});

test("when the probes succeed it recovers", async () => {
  const health = switchable();
  await using on = await breakerStage(health);
  for (const _ of times(5)) await ask(on.url, chat("sim-chat"));
  health.broken = undefined;
  await pause(OPEN_MS + 50);
  const rungs: (string | null)[] = [];
  for (const _ of times(6)) rungs.push((await ask(on.url, chat("sim-chat"))).headers.get("tideover-rung"));
  expect(rungs).toEqual(times(6).map(() => "live"));
  const [entry] = on.gateway.runtime.providers.get("weak")?.breakers?.entries() ?? [];
  expect(entry?.thing.state).toBe("closed");
});

test("two routes share the breaker of their provider", async () => {
  const health = switchable();
  await using on = await breakerStage(health, {
    routes: [
      { name: "shop", model: "shop-*", ladder: ["weak"], retry: "off" },
      { name: "help", model: "help-*", ladder: ["weak", "firm"] },
    ],
  });
  for (const _ of times(5)) expect((await ask(on.url, chat("shop-chat"))).status).toBe(503);
  const atOpening = requestsOf(on, "weak");
  const reply = await ask(on.url, chat("help-chat"));
  expect(reply.headers.get("tideover-provider")).toBe("firm");
  expect(requestsOf(on, "weak")).toBe(atOpening);
});

test("another model of the provider has a breaker of its own", async () => {
  await using on = await stage({
    upstreams: { weak: { ...FAST, faultFor: ({ model }) => (model === "sim-sick" ? "503" : undefined) }, firm: QUICK },
    providers: { weak: { breaker: BREAKER } },
    routes: [{ model: "*", ladder: ["weak", "firm"] }],
  });
  for (const _ of times(5)) await ask(on.url, chat("sim-sick"));
  expect((await ask(on.url, chat("sim-well"))).headers.get("tideover-rung")).toBe("live");
  expect((await ask(on.url, chat("sim-sick"))).headers.get("tideover-attempts")).toBe("1");
});

test("with nothing else, the refusal is immediate and says when to come again", async () => {
  const health = switchable();
  await using on = await breakerStage(health, { routes: [{ model: "*", retry: "off", ladder: ["weak"] }] });
  for (const _ of times(5)) await ask(on.url, chat("sim-chat"));
  const atOpening = requestsOf(on, "weak");
  const reply = await ask(on.url, chat("sim-chat"));
  expect(reply.status).toBe(503);
  expect(errorOf(reply.body).code).toBe("ladder_exhausted");
  expect(errorOf(reply.body).rungs?.[0]).toMatchObject({ kind: "rejected" });
  expect(reply.headers.get("retry-after")).toBe(String(OPEN_MS / 1_000));
  expect(reply.ms).toBeLessThan(OPEN_MS);
  expect(requestsOf(on, "weak")).toBe(atOpening);
});

test("a stream that is cut after commit counts as a fault", async () => {
  const health = switchable();
  health.broken = "cut-20";
  await using on = await breakerStage(health, { routes: [{ model: "*", resume: "off", ladder: ["weak", "firm"] }] });
  for (const _ of times(5)) expect((await askStreamed(on.url, chat("sim-chat"))).done).toBe(false);
  const reply = await askStreamed(on.url, chat("sim-chat"));
  expect(reply.headers.get("tideover-provider")).toBe("firm");
  expect(reply.done).toBe(true);
  expect(contentOf((await ask(on.url, chat("sim-chat"))).body)).toBe(reply.content);
});
