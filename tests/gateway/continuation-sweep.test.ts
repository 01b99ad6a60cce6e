import {
  createInProcessTransport,
  createUpstreamModel,
  expectedAnswer,
  type PrefixBehaviour,
  type UpstreamOptions,
} from "@tideover/simulator";
import { resolveConfig } from "tideover/config";
import {
  type Call,
  type Clock,
  type Failure,
  type JsonObject,
  newTrace,
  seededRandom,
  type Transport,
} from "tideover/engine";
import { ALL_FEATURES, createRuntime } from "tideover/runtime";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";

/** Tokens of the answers that are cut everywhere. */
const LENGTH = 300;
/** The same at hosts with peculiarities, each of which shows within fewer. */
const SHORTER = 120;

/** Tokens that the simulated host's restarted answer has in common with the first one. */
const COMMON_AFTER_RESTART = 5;

/** Answers of every kind of text: each question has its own seed. */
const QUESTIONS = ["Describe the reading lamp 灯.", "潮水什么时候来？", "Which harbour is open? 🌊"];

/** A request for an answer of that many tokens. */
function bodyOf(question: string, more: JsonObject = {}, length = LENGTH): JsonObject {
  const content = `${question} sim_output_tokens=${length}`;
  return { model: "sim-chat", messages: [{ role: "user", content }], stream: true, ...more };
}

/** A clock for the providers whose waits between tokens take no time at all: there are a million of them here. */
function withoutShortWaits(clock: VirtualClock): Clock {
  return {
    now: () => clock.now(),
    wallTime: () => clock.wallTime(),
    schedule(delayMs, callback) {
      if (delayMs >= 1) return clock.schedule(delayMs, callback);
      let cancelled = false;
      queueMicrotask(() => {
        if (!cancelled) callback();
      });
      return {
        cancel() {
          cancelled = true;
        },
      };
    },
  };
}

/** Two providers in this process: the first breaks after so many tokens, the second is sound. */
function pairOf(clock: VirtualClock, cutAfter: () => number, healthy: Partial<UpstreamOptions>) {
  const profile = "faults";
  const pacing = { ttftMs: 1, tokensPerSecond: 100_000 };
  const hasty = withoutShortWaits(clock);
  const faulty = createUpstreamModel({ clock: hasty, profile, pacing, faultFor: () => `cut-clean-${cutAfter()}` });
  const sound = createUpstreamModel({ clock: hasty, profile, pacing, ...healthy });
  const toFaulty = createInProcessTransport(faulty);
  const toSound = createInProcessTransport(sound);
  const transport: Transport = {
    send: (request, signal) => (request.url.includes("//faulty.") ? toFaulty : toSound).send(request, signal),
  };
  const provider = (name: string) => ({
    preset: "deepseek",
    baseUrl: `http://${name}.test`,
    apiKey: "sk-test",
    breaker: "off" as const,
  });
  const resolved = resolveConfig({
    providers: { faulty: provider("faulty"), sound: provider("sound") },
    routes: [{ name: "all", model: "*", retry: { budget: "off" }, ladder: ["faulty", "sound"] }],
  });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  const environment = { clock, random: seededRandom(7) };
  const runtime = createRuntime(resolved.config, {
    environment,
    transport,
    features: ALL_FEATURES,
    compileCondition: () => () => false,
  });
  const route = runtime.findRoute("sim-chat");
  if (route === undefined) throw new Error("There is no route.");
  return route.service;
}

interface Shown {
  readonly content: string;
  readonly reasoning: string;
  readonly failure: Failure | undefined;
  readonly seams: number;
}

async function answerOf(service: ReturnType<typeof pairOf>, body: JsonObject, clock: VirtualClock): Promise<Shown> {
  const call: Call = {
    id: "call",
    request: {
      operation: "chat",
      model: "sim-chat",
      body,
      bytes: new TextEncoder().encode(JSON.stringify(body)),
      stream: true,
      includeUsage: false,
    },
    tenant: "test",
    priority: 3,
    startedAt: clock.now(),
    deadline: clock.now() + 60_000,
    signal: new AbortController().signal,
    callerRetries: 0,
    lastChance: false,
    avoid: [],
    trace: newTrace(),
  };
  const outcome = await service(call);
  if (outcome.type !== "answer") throw new Error(`No answer: ${JSON.stringify(outcome)}`);
  let content = "";
  let reasoning = "";
  for (;;) {
    const next = await outcome.stream.read();
    if (next.type === "ending") return { content, reasoning, failure: next.failure, seams: call.trace.seams.length };
    for (const { json } of next.events) {
      const [choice] = json.choices as readonly { delta?: { content?: string; reasoning_content?: string } }[];
      content += choice?.delta?.content ?? "";
      reasoning += choice?.delta?.reasoning_content ?? "";
    }
  }
}

/** Cuts the answer after every number of its tokens but none, and shows each. */
async function sweep(body: JsonObject, healthy: Partial<UpstreamOptions>, check: (shown: Shown, cut: number) => void) {
  const clock = new VirtualClock();
  let cut = 0;
  const service = pairOf(clock, () => cut, healthy);
  const { tokens } = expectedAnswer(body);
  for (cut = 1; cut <= tokens; cut++) check(await clock.run(answerOf(service, body, clock)), cut);
  expect(clock.pendingTimers).toBe(0);
}

test.each(QUESTIONS)("cut anywhere, the answer is whole: %s", async (question) => {
  const body = bodyOf(question);
  const expected = expectedAnswer(body).content;
  expect(expectedAnswer(body).tokens).toBe(LENGTH);
  await sweep(body, {}, ({ content, failure, seams }, cut) => {
    expect({ cut, content, failure, seams }).toEqual({ cut, content: expected, failure: undefined, seams: 1 });
  });
});

test("cut anywhere in reasoning or text, both are whole", async () => {
  const body = bodyOf("Think about the tide.", { thinking: { type: "enabled" } });
  const { content, reasoning } = expectedAnswer(body);
  await sweep(body, {}, (shown, cut) => {
    expect({ cut, ...shown }).toEqual({ cut, content, reasoning, failure: undefined, seams: 1 });
  });
});

test.each<PrefixBehaviour>([
  "trims-trailing-space",
  "echoes",
  "ignores",
  "restarts",
  "adds-space",
  "stops-at-once",
  "thinks-again",
])("cut anywhere, with a host that %s: exact or flagged, never wrong", async (prefixBehaviour) => {
  const body = bodyOf("Describe the reading lamp 灯.", {}, SHORTER);
  const expected = expectedAnswer(body).content;
  let flagged = 0;
  await sweep(body, { prefixBehaviour }, ({ content, failure }, cut) => {
    // A host that begins anew with just what was shown gives an answer of its own, and all of it.
    const isOther = prefixBehaviour === "restarts" && cut <= COMMON_AFTER_RESTART && content !== expected;
    if (failure === undefined && !isOther) expect({ cut, content }).toEqual({ cut, content: expected });
    else if (failure !== undefined) {
      flagged++;
      expect(failure.code).toBe("stream_interrupted");
      expect(expected.startsWith(content)).toBe(true);
    }
  });
  const flags = ["ignores", "restarts", "stops-at-once"].includes(prefixBehaviour);
  if (flags) expect(flagged).toBeGreaterThan(SHORTER * 0.9);
  else expect(flagged).toBe(0);
});
