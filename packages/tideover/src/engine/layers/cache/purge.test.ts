import { expect, test } from "vitest";
import { MemoryAnswerStore, textEvent, VirtualClock } from "../../../testing/index.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import { type AnswerStore, STORED_ANSWER_VERSION, type StoredAnswer } from "../../ports/answer-store.ts";
import { AnswerCache } from "./answer-cache.ts";

const form: AnswerForm = {
  read: (text) => textEvent(text, "stop"),
  fold: ([first]) => first ?? textEvent(""),
  endedAs: () => true,
};

function answerOf(clock: VirtualClock, tenant: string): StoredAnswer {
  const now = clock.wallTime();
  return {
    ...{ version: STORED_ANSWER_VERSION, tenant, route: "copy", model: "m", tags: [], storedAt: now },
    ...{ freshUntil: now + 3_600_000, staleUntil: now + 86_400_000, generationMs: 1_000, origin: {} },
    ...{ streamed: true, events: ["The answer."] },
  };
}

/** A store that tells what it had when it was asked, 50 ms later. */
function slowStore(clock: VirtualClock) {
  const kept = new MemoryAnswerStore(() => clock.wallTime());
  const store: AnswerStore = {
    async get(key, signal) {
      const found = await kept.get(key, signal);
      await new Promise<void>((resolve) => void clock.schedule(50, resolve));
      return found;
    },
    set: (key, answer) => kept.set(key, answer),
    purge: (selection) => kept.purge(selection),
  };
  return { kept, store };
}

test("an answer that is purged while level two is read does not come back", async () => {
  const clock = new VirtualClock();
  const { kept, store } = slowStore(clock);
  const cache = new AnswerCache({ memoryBytes: 100_000, form, store }, { clock, random: seededRandom(1) });
  await kept.set("key", answerOf(clock, "shop"));
  const finding = cache.find("key", "shop");
  await clock.run(cache.purge({ tenant: "shop" }));
  expect(await clock.run(finding)).toBeUndefined();
  expect(cache.peek("key", "shop")).toBeUndefined();
  expect(await clock.run(cache.find("key", "shop"))).toBeUndefined();
});

test("nothing of a purged answer stays in memory, and what is kept beside it is told", async () => {
  const clock = new VirtualClock();
  const told: (readonly string[] | "all")[] = [];
  const cache = new AnswerCache(
    { memoryBytes: 100_000, form, onPurge: (keys) => told.push(keys) },
    { clock, random: seededRandom(1) },
  );
  for (const tenant of ["shop", "bank"]) {
    cache.set(tenant, answerOf(clock, tenant));
    const found = cache.peek(tenant, tenant);
    if (found === undefined) throw new Error("The answer is not kept.");
    found.hits = 2;
    for (const whole of [false, true]) cache.events(tenant, found, "chat", whole);
  }
  const { entries, bytes } = cache.figures;
  expect(await cache.purge({ tenant: "shop" })).toBe(1);
  expect(cache.figures).toEqual({ entries: entries - 1, bytes: bytes / 2 });
  expect(told).toEqual([["shop"]]);
});
