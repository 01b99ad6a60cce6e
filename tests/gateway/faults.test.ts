import { expectedAnswer } from "@tideover/simulator";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, askStreamed, chat, contentOf, errorOf } from "../harness/ask.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

/** The first-token timer of these tests, in ms. */
const FIRST_TOKEN_MS = 400;

/** Faults that strike before the first content event, so that nobody has seen anything yet. */
const BEFORE_CONTENT = [
  "429",
  "429-balance",
  "500",
  "503",
  "refused",
  "reset",
  "silence",
  "late-first-token",
  "keep-alive-only",
  "comment-flood",
  "role-then-silence",
  "error-before-content",
  "empty",
  "whitespace",
  "blank-eof",
  "insufficient-at-once",
  "html",
  "html-200",
  "huge-headers",
  "cut-0",
  "cut-reset-0",
  "stall-0",
];

/** Peculiarities after which the first provider's answer is still right. */
const HARMLESS = [
  "no-done",
  "no-done-open",
  "done-open",
  "crlf",
  "bom",
  "multi-line-data",
  "gzip",
  "split",
  "usage-trailing",
  "usage-on-finish",
];

/** Faults that strike after the first content event of a stream. */
const AFTER_CONTENT = ["cut", "cut-reset", "cut-clean", "stall", "malformed", "error-in-stream", "insufficient"];

const expected = expectedAnswer(chat("sim-chat")).content;
let on: Stage;

beforeAll(async () => {
  const timers = { firstToken: `${FIRST_TOKEN_MS}ms`, gap: "300ms", deadline: "10s" };
  on = await stage({
    upstreams: { faulty: FAST, healthy: FAST },
    providers: {
      healthy: { models: { "*": "sim-chat" } },
      faulty: {
        breaker: "off",
        models: Object.fromEntries([
          ...AFTER_CONTENT.map((fault) => [`broken/${fault}`, `fault-${fault}`]),
          ...HARMLESS.map((fault) => [`harmless/${fault}`, `fault-${fault}`]),
        ]),
      },
    },
    routes: [
      // Hardly any sound traffic comes before so many continuations, so a budget would soon be spent.
      { name: "pair", model: "fault-*", ...timers, retry: { budget: "off" }, ladder: ["faulty", "healthy"] },
      {
        name: "broken",
        model: "broken/*",
        ...timers,
        retry: { budget: "off" },
        resume: "off",
        ladder: ["faulty", "healthy"],
      },
      // These are not about time: on a machine with other things to do the first provider may take long to begin.
      { name: "harmless", model: "harmless/*", ...timers, firstToken: "5s", ladder: ["faulty", "healthy"] },
      { name: "plain", model: "*", ...timers, ladder: ["healthy"] },
    ],
  });
});
afterAll(() => on[Symbol.asyncDispose]());

describe.concurrent.each(BEFORE_CONTENT)("before the first token: %s", (fault) => {
  test("streamed: the other provider answers, whole and correct", async () => {
    const reply = await askStreamed(on.url, chat(`fault-${fault}`));
    expect(reply.content).toBe(expected);
    expect(reply.done).toBe(true);
    expect(reply.headers.get("tideover-rung")).toBe("alternate");
    expect(reply.headers.get("tideover-provider")).toBe("healthy");
    expect(reply.headers.get("tideover-degraded")).toBe("?0");
    expect(reply.ms).toBeLessThan(FIRST_TOKEN_MS + 1_000);
  });

  test("unstreamed: the other provider answers, whole and correct", async () => {
    const reply = await ask(on.url, chat(`fault-${fault}`));
    expect(reply.status).toBe(200);
    expect(contentOf(reply.body)).toBe(expected);
    expect(reply.headers.get("tideover-rung")).toBe("alternate");
    expect(reply.ms).toBeLessThan(FIRST_TOKEN_MS + 1_000);
  });
});

describe.concurrent.each(HARMLESS)("harmless: %s", (fault) => {
  test("streamed: the first provider answers", async () => {
    const reply = await askStreamed(on.url, chat(`harmless/${fault}`));
    expect(reply.content).toBe(expected);
    expect(reply.done).toBe(true);
    expect(reply.headers.get("tideover-rung")).toBe("live");
  });

  test("unstreamed: the first provider answers", async () => {
    const reply = await ask(on.url, chat(`harmless/${fault}`));
    expect(contentOf(reply.body)).toBe(expected);
    expect(reply.headers.get("tideover-rung")).toBe("live");
  });
});

describe.concurrent.each(AFTER_CONTENT)("after the first token: %s", (fault) => {
  test("streamed: the other provider goes on where it broke", async () => {
    const reply = await askStreamed(on.url, chat(`fault-${fault}`));
    expect(reply.content).toBe(expected);
    expect(reply.done).toBe(true);
    expect(reply.headers.get("tideover-rung")).toBe("live");
    expect(reply.events.at(-1)?.tideover).toMatchObject({ seams: [{ from: "faulty", to: "healthy" }] });
  });

  test("streamed, with resume off: what was shown stands, and the break is told in-band without [DONE]", async () => {
    const reply = await askStreamed(on.url, chat(`broken/${fault}`));
    expect(reply.status).toBe(200);
    expect(expected.startsWith(reply.content)).toBe(true);
    expect(reply.content.length).toBeGreaterThan(0);
    expect(reply.content.length).toBeLessThan(expected.length);
    expect(errorOf(reply.events.at(-1)).code).toBe("stream_interrupted");
    expect(reply.done).toBe(false);
    const finishes = reply.events.filter((event) => JSON.stringify(event).includes('"finish_reason":"'));
    expect(finishes).toEqual([]);
  });

  test("unstreamed: nothing was shown, so it is whole, with resume or without", async () => {
    for (const [model, rung] of [
      [`fault-${fault}`, "live"],
      [`broken/${fault}`, "alternate"],
    ] as const) {
      const reply = await ask(on.url, chat(model));
      expect(reply.status).toBe(200);
      expect(contentOf(reply.body)).toBe(expected);
      expect(reply.headers.get("tideover-rung")).toBe(rung);
    }
  });
});

describe("the caller's own faults come back as they are, after one attempt", () => {
  test.each([
    ["context-length", 400, /maximum context length/],
    ["422", 422, /Failed to deserialize/],
  ])("%s", async (fault, status, message) => {
    for (const send of [ask, askStreamed]) {
      const before = on.upstreams.healthy?.model.counters.requests;
      const reply = await send(on.url, chat(`fault-${fault}`));
      expect(reply.status).toBe(status);
      const error = "body" in reply ? reply.body : reply.events[0];
      expect(errorOf(error).message).toMatch(message);
      expect(on.upstreams.healthy?.model.counters.requests).toBe(before);
      expect(reply.headers.get("tideover-attempts")).toBe("1");
    }
  });
});

test("a filtered answer is the provider's verdict: passed on, not failed over", async () => {
  const reply = await askStreamed(on.url, chat("fault-content-filter"));
  expect(reply.headers.get("tideover-rung")).toBe("live");
  expect(JSON.stringify(reply.events)).toContain('"finish_reason":"content_filter"');
  expect(reply.done).toBe(true);
});

describe("a refused key", () => {
  const lamp = { model: "*", deadline: "10s", firstToken: "1s" } as const;

  test.each(["401", "402"])("%s: the other provider answers, and the key is isolated", async (fault) => {
    await using pair = await stage({
      upstreams: { faulty: FAST, healthy: FAST },
      providers: { healthy: { models: { "*": "sim-chat" } } },
      routes: [{ ...lamp, ladder: ["faulty", "healthy"] }],
    });
    for (const send of [ask, askStreamed, ask]) {
      const reply = await send(pair.url, chat(`fault-${fault}`));
      expect("body" in reply ? contentOf(reply.body) : reply.content).toBe(expected);
      expect(reply.headers.get("tideover-rung")).toBe("alternate");
    }
    expect(pair.upstreams.faulty?.model.counters.requests).toBe(1);
  });

  test.each(["401", "402"])("%s: with nothing else, 502 names the provider and hides the key", async (fault) => {
    await using solo = await stage({ upstreams: { only: FAST }, routes: [{ ...lamp, ladder: ["only"] }] });
    const reply = await ask(solo.url, chat(`fault-${fault}`));
    expect(reply.status).toBe(502);
    expect(errorOf(reply.body).code).toBe("provider_unusable");
    expect(errorOf(reply.body).message).toContain("only");
    expect(JSON.stringify(reply.body)).not.toContain("sk-");
  });

  test("of two keys only the refused one is isolated", async () => {
    await using pool = await stage({
      upstreams: { only: { ...FAST, keys: ["sk-good"] } },
      providers: { only: { apiKeys: ["sk-bad", "sk-good"], apiKey: undefined } },
      routes: [{ ...lamp, ladder: ["only"] }],
    });
    for (let i = 0; i < 5; i++) {
      const reply = await ask(pool.url, chat("sim-chat"));
      expect(contentOf(reply.body)).toBe(expected);
      expect(reply.headers.get("tideover-rung")).toBe("live");
    }
    // The bad key is asked once, or never where the good one was picked first.
    expect(pool.upstreams.only?.model.counters.requests).toBeLessThanOrEqual(6);
  });
});

test.each(["429-once-0", "500-once"])("%s: alone, the same provider is tried again and answers", async (fault) => {
  await using solo = await stage({
    upstreams: { only: FAST },
    routes: [{ model: "*", deadline: "10s", retry: { baseDelay: "20ms" }, ladder: ["only"] }],
  });
  const reply = await ask(solo.url, chat(`fault-${fault}`));
  expect(contentOf(reply.body)).toBe(expected);
  expect(reply.headers.get("tideover-rung")).toBe("live");
  expect(reply.headers.get("tideover-attempts")).toBe("2");
});
