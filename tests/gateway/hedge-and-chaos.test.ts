import {
  createInProcessTransport,
  createUpstreamModel,
  expectedAnswer,
  type UpstreamModel,
  type UpstreamOptions,
} from "@tideover/simulator";
import { resolveConfig, type TideoverConfig } from "tideover/config";
import {
  type Call,
  type ChaosFault,
  type EngineEvent,
  type JsonObject,
  seededRandom,
  sleep,
  type Transport,
} from "tideover/engine";
import { ALL_FEATURES, createRuntime, type RuntimeParts } from "tideover/runtime";
import { drain, testCall, VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";

type Route = TideoverConfig["routes"][number];

const LENGTH = 24;
const body: JsonObject = {
  model: "sim-chat",
  messages: [{ role: "user", content: `Which harbour is open? 🌊 sim_output_tokens=${LENGTH}` }],
  stream: true,
};
const whole = expectedAnswer(body).content;

/** Two simulated providers behind the real engine, in virtual time: the first with these faults, the second sound. */
function stage(
  route: Partial<Route>,
  faultFor: UpstreamOptions["faultFor"],
  more: Pick<RuntimeParts, "chaos"> & { readonly seed?: number } = {},
) {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const pacing = { ttftMs: 400, jitter: 0.5, tokensPerSecond: 40 };
  const models: Record<"first" | "second", UpstreamModel> = {
    first: createUpstreamModel({ clock, profile: "faults", pacing, ...(faultFor === undefined ? {} : { faultFor }) }),
    second: createUpstreamModel({ clock, profile: "faults", pacing }),
  };
  const transports = {
    first: createInProcessTransport(models.first),
    second: createInProcessTransport(models.second),
  };
  const transport: Transport = {
    send: (request, signal) => transports[request.url.includes("//first.") ? "first" : "second"].send(request, signal),
  };
  const provider = (name: string) =>
    ({ preset: "deepseek", baseUrl: `http://${name}.test`, apiKey: "sk-test" }) as const;
  const resolved = resolveConfig({
    providers: { first: provider("first"), second: provider("second") },
    routes: [{ name: "all", model: "*", ladder: ["first", "second"], ...route }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const { seed = 7, ...parts } = more;
  const environment = { clock, random: seededRandom(seed), emit: (event: EngineEvent) => events.push(event) };
  const runtime = createRuntime(resolved.config, {
    environment,
    transport,
    features: ALL_FEATURES,
    compileCondition: () => () => false,
    ...parts,
  });
  const service = runtime.findRoute("sim-chat")?.service;
  if (service === undefined) throw new Error("There is no route.");

  let calls = 0;
  const ask = async () => {
    const startedAt = clock.now();
    const call = testCall({
      id: `call-${++calls}`,
      request: { model: "sim-chat", body },
      startedAt,
      deadline: startedAt + 60_000,
    });
    const outcome = await service(call);
    if (outcome.type !== "answer") throw new Error(`No answer: ${JSON.stringify(outcome)}`);
    const firstTokenMs = clock.now() - startedAt;
    const { text, ending } = await drain(outcome.stream);
    return { call, firstTokenMs, text, ending, provider: outcome.origin.provider };
  };
  /** Calls at even distances, each read to its end. */
  const askOften = async (count: number, everyMs: number) => {
    const never = new AbortController().signal;
    const running = Array.from({ length: count }, async (_, index) => {
      await sleep(clock, index * everyMs, never);
      return ask();
    });
    return clock.run(Promise.all(running));
  };
  /** Whatever is still held, by anyone. */
  const held = () => ({
    timers: clock.pendingTimers,
    upstream: Object.values(models).map((model) => model.counters.inFlight),
    accounts: [...runtime.providers.values()].flatMap(({ accounts }) =>
      accounts.map(({ state }) => [state.inFlight, state.inFlightTokens]),
    ),
    breakers: [...runtime.providers.values()].flatMap(({ breakers }) =>
      [...(breakers?.entries() ?? [])].map(({ thing: breaker }) => breaker.inFlight),
    ),
  });
  const count = (type: EngineEvent["type"]) => events.filter((event) => event.type === type).length;
  return { clock, events, models, ask, askOften, held, count };
}

const NOTHING = {
  timers: 0,
  upstream: [0, 0],
  accounts: [
    [0, 0],
    [0, 0],
  ],
  breakers: [0, 0],
};
const outcomesOf = ({ trace }: Call) => trace.attempts.map(({ provider, outcome }) => `${provider}: ${outcome}`);

test("a silent provider is hedged; the loser is aborted upstream, and nothing is held any more", async () => {
  const on = stage({ hedge: { after: "1s", budget: "off" } }, () => "keep-alive-only");
  const { call, firstTokenMs, text, provider } = await on.clock.run(on.ask());
  expect([provider, text]).toEqual(["second", whole]);
  expect(firstTokenMs).toBeGreaterThan(1_000);
  expect(firstTokenMs).toBeLessThan(2_000);
  expect(outcomesOf(call)).toEqual(["first: cancelled", "second: answered"]);
  expect(on.models.first.counters).toMatchObject({ requests: 1, abortedByCaller: 1 });
  expect(on.held()).toEqual(NOTHING);
  expect(on.events.find(({ type }) => type === "hedge-ended")).toMatchObject({ answeredBy: "second" });
});

test("with the learned p95 the few very late first tokens go away, at 2% more", async () => {
  const late: UpstreamOptions["faultFor"] = ({ ordinal }) =>
    ordinal % 60 === 59 ? "late-first-token-15000" : undefined;
  const slowest = async (route: Partial<Route>) => {
    const on = stage(route, late);
    const asked = await on.askOften(360, 500);
    expect(asked.every(({ text }) => text === whole)).toBe(true);
    expect(on.held()).toEqual(NOTHING);
    // Before a hundred first tokens are known, nothing is hedged.
    const times = asked.slice(120).map(({ firstTokenMs }) => firstTokenMs);
    return {
      ms: Math.max(...times),
      hedges: on.count("hedge-started"),
      requests: on.models.second.counters.requests,
    };
  };
  const without = await slowest({ hedge: "off" });
  expect(without.ms).toBeGreaterThanOrEqual(15_000);
  expect(without.hedges).toBe(0);
  const withHedge = await slowest({ hedge: { after: "p95" } });
  expect(withHedge.ms).toBeLessThan(3_000);
  expect(withHedge.hedges).toBeGreaterThanOrEqual(4);
  // Two per cent of 360, and one average call a minute without traffic behind it.
  expect(withHedge.hedges).toBeLessThanOrEqual(0.02 * 360 + 3);
});

test("when everything is slow the budget holds", async () => {
  const on = stage({ hedge: { after: "1s", budget: "2%" } }, () => "late-first-token-3000");
  const asked = await on.askOften(300, 200);
  expect(asked.every(({ text }) => text === whole)).toBe(true);
  // Two per cent of 300, and one average call a minute without traffic behind it.
  expect(on.count("hedge-started")).toBeLessThanOrEqual(0.02 * 300 + 2);
  expect(on.count("hedge-refused")).toBeGreaterThan(200);
  expect(on.held()).toEqual(NOTHING);
});

test("a probed provider is not hedged", async () => {
  const on = stage({ hedge: { after: "1s", budget: "off" }, firstToken: "5s" }, ({ now }) =>
    now < 20_000 ? "500" : "late-first-token-3000",
  );
  await on.askOften(5, 100);
  expect(on.count("breaker-changed")).toBe(1);
  await on.clock.advance(20_000 - on.clock.now());
  expect((await on.clock.run(on.ask())).provider).toBe("first");
  expect(on.events.at(-1)?.type).not.toBe("hedge-ended");
  expect(on.events.find(({ type }) => type === "hedge-refused")).toMatchObject({ provider: "first", why: "unsteady" });
});

test("chaos breaks a third of the attempts, and every answer is whole nevertheless", async () => {
  const faults: readonly ChaosFault[] = [
    { type: "failure", kind: "overloaded" },
    { type: "failure", kind: "fault" },
    { type: "latency", ms: 3_000 },
    { type: "cut", afterContentEvents: 12 },
  ];
  const until = new VirtualClock().wallTime() + 60_000;
  const on = stage({}, undefined, { chaos: { share: 0.33, faults, until, providers: ["first"] } });
  const asked = await on.askOften(200, 300);
  expect(asked.filter(({ text, ending }) => text !== whole || ending.failure !== undefined)).toEqual([]);
  const hit = asked.filter(({ call }) => call.trace.attempts.some(({ chaos }) => chaos !== undefined));
  expect(hit.length).toBeGreaterThan(30);
  expect(hit.length).toBe(on.count("chaos-injected"));
  expect(asked.filter(({ call }) => call.trace.seams.length === 1).length).toBeGreaterThan(5);
  expect(on.held()).toEqual(NOTHING);

  const soFar = on.count("chaos-injected");
  expect(on.clock.now()).toBeGreaterThan(60_000);
  await on.askOften(50, 100);
  expect(on.count("chaos-injected")).toBe(soFar);
});
