import { expectedAnswer, type PrefixBehaviour } from "@tideover/simulator";
import type { JsonObject } from "tideover/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, askStreamed, chat, contentOf, errorOf, type StreamedReply } from "../harness/ask.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

/** Faults that strike after the first content event of a stream. */
const AFTER_CONTENT = ["cut", "cut-reset", "cut-clean", "stall", "malformed", "error-in-stream", "insufficient"];

/** What becomes of a stream at a host that treats the given beginning of an answer so. */
const BEHAVIOURS: Readonly<Record<PrefixBehaviour, "exact" | "flagged">> = {
  exact: "exact",
  "trims-trailing-space": "exact",
  echoes: "exact",
  "adds-space": "exact",
  "thinks-again": "exact",
  ignores: "flagged",
  restarts: "flagged",
  "stops-at-once": "flagged",
};

/** The ways to go on that are not DeepSeek's own. */
const MODES = ["message-prefix", "message-partial", "body-prefix", "bare-assistant", "continue-final-message"] as const;

const whole = expectedAnswer(chat("sim-chat"));
const timers = { firstToken: "1s", gap: "300ms", deadline: "10s", retry: { budget: "off" } } as const;
const settings = { breaker: "off", models: { "*": "sim-chat" } } as const;

let on: Stage;
beforeAll(async () => {
  const behaving = Object.keys(BEHAVIOURS) as PrefixBehaviour[];
  on = await stage({
    upstreams: {
      faulty: FAST,
      healthy: FAST,
      ...Object.fromEntries(behaving.map((prefixBehaviour) => [prefixBehaviour, { ...FAST, prefixBehaviour }])),
      ...Object.fromEntries(MODES.map((continuation) => [continuation, { ...FAST, continuation }])),
      modeless: { ...FAST, continuation: "none" },
      told: { ...FAST, continuation: "none" },
    },
    providers: {
      faulty: { breaker: "off", models: mappedFaults() },
      healthy: settings,
      ...Object.fromEntries(behaving.map((name) => [name, settings])),
      ...Object.fromEntries(MODES.map((name) => [name, { ...settings, continuation: name }])),
      modeless: { ...settings, continuation: "none" },
      told: { ...settings, continuation: "instruction" },
      lesser: { ...settings, preset: "openai-compatible", degraded: true, baseUrl: "http://127.0.0.1:9/v1" },
    },
    routes: [
      ...[...behaving, ...MODES, "modeless", "lesser"].map((name) => ({
        name,
        model: `${name}/*`,
        ...timers,
        ladder: ["faulty", name],
      })),
      { name: "told", model: "told/*", ...timers, ladder: ["faulty", "told"] },
      { name: "exactly", model: "exactly/*", ...timers, resume: "exact" as const, ladder: ["faulty", "told"] },
      { name: "off", model: "off/*", ...timers, resume: "off" as const, ladder: ["faulty", "healthy"] },
      { name: "alone", model: "*-once*", ...timers, ladder: ["faulty"] },
      { name: "pair", model: "*", ...timers, ladder: ["faulty", "healthy"] },
    ],
  });
});
afterAll(() => on[Symbol.asyncDispose]());

/** Routes are chosen by what is before the slash; the fault after it is what the faulty provider is asked for. */
function mappedFaults(): Record<string, string> {
  const routes = [...Object.keys(BEHAVIOURS), ...MODES, "modeless", "lesser", "told", "exactly", "off"];
  const faults = ["fault-cut", "fault-cut-5", "fault-cut-20"];
  return Object.fromEntries(routes.flatMap((route) => faults.map((fault) => [`${route}/${fault}`, fault])));
}

const reasoningOf = ({ events }: StreamedReply) =>
  events.map((event) => (event as ReasoningChunk).choices?.[0]?.delta?.reasoning_content ?? "").join("");
interface ReasoningChunk {
  readonly choices?: readonly { readonly delta?: { readonly reasoning_content?: string | null } }[];
}

const provenanceOf = (event: JsonObject | undefined) =>
  event?.tideover as { seams: JsonObject[]; attempts: JsonObject[] } | undefined;

function expectWhole(reply: StreamedReply, expected: string = whole.content) {
  expect(reply.events.filter((event) => "error" in event)).toEqual([]);
  expect(reply.content).toBe(expected);
  expect(reply.done).toBe(true);
}

/** What was shown is a beginning of the right answer, and the end says that it is not all. */
function expectFlagged(reply: StreamedReply, expected: string = whole.content) {
  expect(reply.content.length).toBeGreaterThan(0);
  expect(expected.startsWith(reply.content)).toBe(true);
  expect(errorOf(reply.events.at(-1)).code).toBe("stream_interrupted");
  expect(reply.done).toBe(false);
}

describe.concurrent.each(AFTER_CONTENT)("after the first token: %s", (fault) => {
  test.each([
    ["another provider finishes it", `fault-${fault}`, "healthy"],
    ["the only provider finishes it", `fault-${fault}-once`, "faulty"],
  ])("streamed: %s", async (_what, model, to) => {
    const reply = await askStreamed(on.url, chat(model));
    expectWhole(reply);
    const { seams = [], attempts = [] } = provenanceOf(reply.events.at(-1)) ?? {};
    expect(seams).toEqual([{ at: expect.any(Number), from: "faulty", to, mode: "beta-prefix" }]);
    expect(attempts.map(({ outcome }) => outcome)).toEqual(["cut", "answered"]);
  });

  // Another number of tokens makes it another question, which the fault strikes once again.
  test.each([`fault-${fault}`, `fault-${fault}-once-11`])("unstreamed: %s is whole", async (model) => {
    const reply = await ask(on.url, chat(model));
    expect(reply.status).toBe(200);
    expect(contentOf(reply.body)).toBe(whole.content);
    expect(provenanceOf(reply.body)?.seams).toHaveLength(1);
  });
});

describe.concurrent.each(Object.entries(BEHAVIOURS))("a host that, given the beginning, %s: %s", (name, ending) => {
  test("streamed", async () => {
    const reply = await askStreamed(on.url, chat(`${name}/fault-cut-20`));
    if (ending === "flagged") expectFlagged(reply);
    else {
      expectWhole(reply);
      expect(provenanceOf(reply.events.at(-1))?.seams).toMatchObject([{ from: "faulty", to: name }]);
    }
  });

  test("unstreamed: it is whole in any case, since it may be begun anew", async () => {
    const reply = await ask(on.url, chat(`${name}/fault-cut-20`));
    expect(contentOf(reply.body)).toBe(whole.content);
  });
});

describe.concurrent.each(MODES)("a host that goes on by %s", (mode) => {
  test("finishes the answer exactly", async () => {
    const reply = await askStreamed(on.url, chat(`${mode}/fault-cut-20`));
    expectWhole(reply);
    expect(provenanceOf(reply.events.at(-1))?.seams[0]).toMatchObject({ mode, to: mode });
  });

  test("thinks again when the reasoning was cut, and answers exactly", async () => {
    const body = chat(`${mode}/fault-cut-5`, { thinking: { type: "enabled" } });
    const reply = await askStreamed(on.url, body);
    const uncut = expectedAnswer({ ...body, model: "sim-chat" });
    expectWhole(reply, uncut.content);
    expect(reasoningOf(reply)).toBe(uncut.reasoning);
    expect(provenanceOf(reply.events.at(-1))?.seams[0]).toMatchObject({ mode: "restart-reasoning", at: 0 });
  });
});

test("a host without a way to go on is not asked; the provider that failed is the last resort", async () => {
  const before = on.upstreams.modeless?.model.counters.requests;
  const reply = await askStreamed(on.url, chat("modeless/fault-cut-20"));
  expectFlagged(reply);
  expect(on.upstreams.modeless?.model.counters.requests).toBe(before);
  // The answer, and the three continuations that one may have.
  const asked = provenanceOf(reply.events.at(-1))?.attempts.map(({ provider }) => provider);
  expect(asked).toEqual(["faulty", "faulty", "faulty", "faulty"]);
});

test("a host that can only be told is told, and the seam says so; with resume exact, or for JSON, it is not", async () => {
  const reply = await askStreamed(on.url, chat("told/fault-cut-20"));
  const [seam] = provenanceOf(reply.events.at(-1))?.seams ?? [];
  expect(seam).toMatchObject({ from: "faulty", to: "told", mode: "instruction" });
  expect(reply.content.slice(0, Number(seam?.at))).toBe(whole.content.slice(0, Number(seam?.at)));
  expect(reply.done).toBe(true);
  expectFlagged(await askStreamed(on.url, chat("exactly/fault-cut-20")));
  const messages = [{ role: "user", content: "Give me json about a lamp." }];
  const json = chat("told/fault-cut-20", { messages, response_format: { type: "json_object" } });
  expectFlagged(await askStreamed(on.url, json), expectedAnswer(json).content);
});

test("a lesser provider does not finish what a full one began", async () => {
  expectFlagged(await askStreamed(on.url, chat("lesser/fault-cut-20")));
});

test("with resume off, a cut stream says so", async () => {
  const reply = await askStreamed(on.url, chat("off/fault-cut-20"));
  expectFlagged(reply);
  const unstreamed = await ask(on.url, chat("off/fault-cut-20"));
  expect(contentOf(unstreamed.body)).toBe(whole.content);
});

describe("reasoning", () => {
  const body = (model: string) => chat(model, { thinking: { type: "enabled" } });
  const uncut = expectedAnswer(body("sim-chat"));

  test.each([1, 3, 8, 14, uncut.tokens - 40, uncut.tokens - 1])("cut after %i tokens", async (tokens) => {
    for (const model of [`fault-cut-${tokens}`, `fault-cut-once-${tokens}`]) {
      const streamed = await askStreamed(on.url, body(model));
      expectWhole(streamed, uncut.content);
      expect(reasoningOf(streamed)).toBe(uncut.reasoning);
      const { body: unstreamed } = await ask(on.url, body(model));
      const [choice] = unstreamed.choices as readonly { message: JsonObject }[];
      expect(choice?.message).toMatchObject({ content: uncut.content, reasoning_content: uncut.reasoning });
    }
  });
});

describe("requests of other kinds", () => {
  const says = { messages: [{ role: "user", content: "Give me json about a lamp." }] };
  const city = { type: "object", properties: { city: { type: "string" }, days: { type: "integer" } } };
  const tools = [{ type: "function", function: { name: "forecast", parameters: city } }];

  test("JSON mode is finished exactly", async () => {
    const body = { ...chat("fault-cut-20", says), response_format: { type: "json_object" } };
    const reply = await askStreamed(on.url, body);
    expectWhole(reply, expectedAnswer(body).content);
    expect(JSON.parse(reply.content)).toHaveProperty("title");
  });

  test("a tool call that was cut is flagged, streamed, and asked for again, unstreamed", async () => {
    const body = chat("fault-cut-3", { tools, tool_choice: "required" });
    const reply = await askStreamed(on.url, body);
    expect(errorOf(reply.events.at(-1)).code).toBe("stream_interrupted");
    expect(reply.done).toBe(false);
    const { body: unstreamed } = await ask(on.url, body);
    expect(JSON.stringify(unstreamed)).toContain(JSON.stringify(expectedAnswer(body).toolCalls[0]?.arguments));
  });

  test("several choices are flagged", async () => {
    const reply = await askStreamed(on.url, chat("fault-cut-20", { n: 2 }));
    expect(errorOf(reply.events.at(-1)).code).toBe("stream_interrupted");
  });

  test("the caller's own prefix is gone on from", async () => {
    const [user] = chat("x").messages as readonly JsonObject[];
    const begun = whole.content.slice(0, 40);
    const messages = [user as JsonObject, { role: "assistant", content: begun, prefix: true }];
    const reply = await askStreamed(on.url, chat("fault-cut-20", { messages }));
    expectWhole(reply, whole.content.slice(40));
  });
});

describe("the two parts are one answer", () => {
  const asksUsage = { stream_options: { include_usage: true } };

  test("one identity, one role, one finish, the usage of an uncut one", async () => {
    const uncut = await askStreamed(on.url, chat("sim-chat", asksUsage));
    const reply = await askStreamed(on.url, chat("fault-cut-20", asksUsage));
    for (const member of ["id", "created", "model", "system_fingerprint"]) {
      expect(new Set(reply.events.map((event) => event[member])).size).toBe(1);
    }
    const text = JSON.stringify(reply.events);
    expect(text.split('"role":"assistant"')).toHaveLength(2);
    expect(text.split('"finish_reason":"stop"')).toHaveLength(2);
    const counted = (from: StreamedReply) => from.events.flatMap(({ usage }) => usage ?? []).at(-1) as JsonObject;
    expect(counted(reply)).toMatchObject({
      completion_tokens: counted(uncut).completion_tokens,
      total_tokens: expect.any(Number),
    });
    // What was given to go on from is not the caller's prompt; how a host counts its end is a token's matter.
    const difference = Number(counted(reply).prompt_tokens) - Number(counted(uncut).prompt_tokens);
    expect(Math.abs(difference)).toBeLessThan(10);
  });

  test.each([12, 25, 29])("cut after %i of at most 30 tokens: it ends where it would have", async (tokens) => {
    const body = chat("sim-chat", { max_tokens: 30 });
    const reply = await askStreamed(on.url, { ...body, model: `fault-cut-${tokens}` });
    expectWhole(reply, expectedAnswer(body).content);
    expect(JSON.stringify(reply.events)).toContain('"finish_reason":"length"');
  });

  test("cut after the last token that was allowed: nobody is asked for more", async () => {
    const body = chat("sim-chat", { max_tokens: 30 });
    const before = on.upstreams.healthy?.model.counters.requests;
    const reply = await askStreamed(on.url, { ...body, model: "fault-cut-30" });
    expectWhole(reply, expectedAnswer(body).content);
    expect(JSON.stringify(reply.events)).toContain('"finish_reason":"length"');
    expect(on.upstreams.healthy?.model.counters.requests).toBe(before);
  });
});
