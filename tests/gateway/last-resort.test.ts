import type { JsonObject } from "tideover/engine";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ask, askStreamed, chat, contentOf, errorOf } from "../harness/ask.ts";
import { FAST, type Stage, stage } from "../harness/stage.ts";

/** Everything that keeps a provider from giving a first token. */
const FAULTS = [
  "429",
  "500",
  "503",
  "reset",
  "silence",
  "keep-alive-only",
  "role-then-silence",
  "empty",
  "html",
  "401",
];

/** When the caller must have an answer, in ms; the provider alone may take longer than that. */
const DEADLINE_MS = 1_200;
const TIMERS = { deadline: `${DEADLINE_MS}ms`, firstToken: "5s", retry: { baseDelay: "50ms" } } as const;

const lamp = (model: string) => chat(model, { metadata: { name: "Lamp", features: ["warm", "dimmable"] } });

let withTemplate: Stage;
let withNothing: Stage;

beforeAll(async () => {
  const shape = { upstreams: { only: FAST }, providers: { only: { breaker: "off" as const } } };
  const template = { text: "{{metadata.name}}: {{metadata.features}}" };
  withTemplate = await stage({ ...shape, routes: [{ model: "*", ...TIMERS, ladder: ["only", { template }] }] });
  const rules = [{ when: "metadata.category == 'gift-card'", answer: "A gift card." }];
  withNothing = await stage({ ...shape, routes: [{ model: "*", ...TIMERS, ladder: ["only", { rules }] }] });
});
afterAll(async () => {
  await withTemplate[Symbol.asyncDispose]();
  await withNothing[Symbol.asyncDispose]();
});

describe.concurrent.each(FAULTS)("only a provider with %s", (fault) => {
  test("and a template: it answers, degraded, before the deadline, streamed and not", async () => {
    const plain = await ask(withTemplate.url, lamp(`fault-${fault}`));
    expect(contentOf(plain.body)).toBe("Lamp: warm, dimmable");
    const streamed = await askStreamed(withTemplate.url, lamp(`fault-${fault}`));
    expect(streamed.content).toBe("Lamp: warm, dimmable");
    expect(streamed.done).toBe(true);
    for (const { headers, ms } of [plain, streamed]) {
      expect(headers.get("tideover-rung")).toBe("template");
      expect(headers.get("tideover-degraded")).toBe("?1");
      expect(ms).toBeLessThan(DEADLINE_MS);
    }
  });

  test("and nothing that fits: 503 names each rung's reason, and says when to come again", async () => {
    const { status, headers, body } = await ask(withNothing.url, lamp(`fault-${fault}`));
    if (fault === "401") {
      expect([status, errorOf(body).code]).toEqual([502, "provider_unusable"]);
      return;
    }
    expect([status, errorOf(body).code]).toEqual([503, "ladder_exhausted"]);
    expect(rungsIn(body)).toEqual(["only", "rules"]);
    expect(Number(headers.get("retry-after"))).toBeGreaterThan(0);
    expect(headers.get("x-should-retry")).toBe("false");
  });
});

test("a rule answers what it is for", async () => {
  const { headers, body } = await ask(withNothing.url, chat("fault-503", { metadata: { category: "gift-card" } }));
  expect(contentOf(body)).toBe("A gift card.");
  expect(headers.get("tideover-rung")).toBe("rules");
});

function rungsIn(body: JsonObject): unknown[] {
  return (errorOf(body).rungs ?? []).map(({ rung }) => rung);
}
