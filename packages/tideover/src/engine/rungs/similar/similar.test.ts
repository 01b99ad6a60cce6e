import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { MemoryAnswerStore, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { AnswerCache } from "../../layers/cache/answer-cache.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import { type AnswerStore, STORED_ANSWER_VERSION, type StoredAnswer } from "../../ports/answer-store.ts";
import type { Service } from "../../service.ts";
import { LOOK_AGAIN_MS } from "./defaults.ts";
import { type SimilarRung, similar } from "./similar.ts";
import { SimilarQuestions } from "./similar-questions.ts";

const hash = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const form: AnswerForm = {
  read: (text) => textEvent(text, "stop"),
  fold: ([first]) => first ?? textEvent(""),
  endedAs: () => true,
};

/** Where the words of a question point: texts that share their first word are near to each other. */
const DIRECTIONS: Readonly<Record<string, readonly number[]>> = { lamp: [1, 0, 0.1], chair: [0, 1, 0.1] };

const embedder: Service = ({ request }) => {
  const word = String(request.body.input).split(" ")[1] ?? "";
  const embedding = DIRECTIONS[word] ?? [0, 0, 1];
  const event = { ...textEvent(""), json: { data: [{ embedding }] }, whole: true };
  return Promise.resolve({ type: "answer", origin: { rung: "live", degraded: false }, stream: streamOf([event]) });
};

/** One process: its memory, and the rung of one route. */
function process(clock: VirtualClock, store: AnswerStore) {
  const environment = { clock, random: seededRandom(1) };
  const questions = new SimilarQuestions();
  const onPurge = (keys: readonly string[] | "all") => questions.forget(keys);
  const cache = new AnswerCache({ memoryBytes: 1_000_000, form, store, onPurge }, environment);
  const options = { cache, questions, hash, route: "copy", embedder, provider: "spare", model: "embed" };
  return { cache, questions, rung: similar({ ...options, threshold: 0.9, paceMs: 0 }, environment) };
}

function asking(text: string, tenant = "shop"): Call {
  return testCall({ tenant, request: { body: { model: "m", messages: [{ role: "user", content: text }] } } });
}

function answerOf(clock: VirtualClock, text: string, tenant = "shop"): StoredAnswer {
  const now = clock.wallTime();
  return {
    ...{ version: STORED_ANSWER_VERSION, tenant, route: "copy", model: "m", tags: [], storedAt: now },
    ...{ freshUntil: now + 3_600_000, staleUntil: now + 86_400_000, generationMs: 1_000, origin: {} },
    ...{ streamed: true, events: [text] },
  };
}

async function given(clock: VirtualClock, rung: SimilarRung, call: Call): Promise<string> {
  const outcome = await clock.run(rung.service(call));
  if (outcome.type === "failure") return outcome.reason;
  const next = outcome.type === "answer" ? await outcome.stream.read() : undefined;
  return next?.type === "batch"
    ? next.events.map(({ data }) => JSON.parse(data).choices[0].delta.content).join("")
    : "";
}

/** A store over another, with some of its methods changed. */
function over(kept: MemoryAnswerStore, changes: Partial<AnswerStore>): AnswerStore {
  return {
    get: (key, signal) => kept.get(key, signal),
    set: (key, answer) => kept.set(key, answer),
    purge: (selection) => kept.purge(selection),
    setVector: (key, vector) => kept.setVector(key, vector),
    vectors: (...asked) => kept.vectors(...asked),
    ...changes,
  };
}

/** One that takes 900 ms to keep an answer. */
function slowToKeep(clock: VirtualClock, kept: MemoryAnswerStore): AnswerStore {
  return over(kept, {
    set: (key, answer) => new Promise((resolve) => void clock.schedule(900, () => resolve(kept.set(key, answer)))),
  });
}

describe("what level two keeps of questions", () => {
  test("is found by a process that begins later, and by others of the same time, for the same tenant only", async () => {
    const clock = new VirtualClock();
    const store = new MemoryAnswerStore(() => clock.wallTime());
    const first = process(clock, store);
    const other = process(clock, store);
    expect(await given(clock, other.rung, asking("lamp of brass"))).toBe("none-similar");
    const key = "1".repeat(64);
    first.cache.set(key, answerOf(clock, "A fine lamp."));
    first.rung.remember(asking("lamp made of glass"), key);
    await clock.advance(100);

    const later = process(clock, store);
    expect(await given(clock, later.rung, asking("lamp of brass"))).toBe("A fine lamp.");
    expect(await given(clock, later.rung, asking("chair of brass"))).toBe("none-similar");
    expect(await given(clock, later.rung, asking("lamp of brass", "bank"))).toBe("none-similar");
    // Who has looked lately looks again after a while.
    expect(await given(clock, other.rung, asking("lamp of brass"))).toBe("none-similar");
    await clock.advance(LOOK_AGAIN_MS);
    expect(await given(clock, other.rung, asking("lamp of brass"))).toBe("A fine lamp.");
  });

  test("is gone with the answer", async () => {
    const clock = new VirtualClock();
    const store = new MemoryAnswerStore(() => clock.wallTime());
    const first = process(clock, store);
    first.cache.set("key", answerOf(clock, "A fine lamp."));
    first.rung.remember(asking("lamp made of glass"), "key");
    await clock.advance(100);
    await first.cache.purge({ tenant: "shop" });
    expect(first.questions.index.bytes).toBe(0);
    const later = process(clock, store);
    expect(await given(clock, later.rung, asking("lamp of brass"))).toBe("none-similar");
    expect(later.questions.index.bytes).toBe(0);
  });

  test("is not made of an answer that is purged meanwhile, and others are read again", async () => {
    const clock = new VirtualClock();
    const store = new MemoryAnswerStore(() => clock.wallTime());
    const first = process(clock, store);
    first.cache.set("lamp", answerOf(clock, "A fine lamp."));
    first.cache.set("chair", answerOf(clock, "A fine chair.", "bank"));
    first.rung.remember(asking("chair made of wood", "bank"), "chair");
    await clock.advance(100);
    first.rung.remember(asking("lamp made of glass"), "lamp");
    const purging = first.cache.purge({ tenant: "shop" });
    await clock.advance(100);
    await purging;
    expect(first.questions.index.bytes).toBe(0);
    expect(await given(clock, first.rung, asking("chair of brass", "bank"))).toBe("A fine chair.");
  });

  test("comes after the answer, however long that takes to be written", async () => {
    const clock = new VirtualClock();
    const kept = new MemoryAnswerStore(() => clock.wallTime());
    const slow = slowToKeep(clock, kept);
    const first = process(clock, slow);
    first.cache.set("key", answerOf(clock, "A fine lamp."));
    first.rung.remember(asking("lamp made of glass"), "key");
    await clock.advance(1_000);
    expect(await given(clock, process(clock, slow).rung, asking("lamp of brass"))).toBe("A fine lamp.");
  });

  test("a store that does not say costs 100 ms, and is asked again by the next", async () => {
    const clock = new VirtualClock();
    const kept = new MemoryAnswerStore(() => clock.wallTime());
    let hangs = true;
    const store = over(kept, {
      vectors: (...asked) => (hangs ? new Promise(() => {}) : kept.vectors(...asked)),
    });
    const first = process(clock, store);
    first.cache.set("key", answerOf(clock, "A fine lamp."));
    first.rung.remember(asking("lamp made of glass"), "key");
    await clock.advance(100);
    const later = process(clock, store);
    const before = clock.now();
    expect(await given(clock, later.rung, asking("lamp of brass"))).toBe("none-similar");
    expect(clock.now() - before).toBe(100);
    hangs = false;
    expect(await given(clock, later.rung, asking("lamp of brass"))).toBe("A fine lamp.");
    expect(clock.pendingTimers).toBe(0);
  });

  test("is found, too, where it comes to the store after a younger one", async () => {
    const clock = new VirtualClock();
    const kept = new MemoryAnswerStore(() => clock.wallTime());
    const slow = slowToKeep(clock, kept);
    const [late, early, later] = [process(clock, slow), process(clock, kept), process(clock, kept)];
    late.cache.set("key", answerOf(clock, "A fine lamp."));
    late.rung.remember(asking("lamp made of glass"), "key");
    await clock.advance(100);
    early.cache.set("other", answerOf(clock, "A fine chair."));
    early.rung.remember(asking("chair made of oak"), "other");
    await clock.advance(100);
    expect(await given(clock, later.rung, asking("chair of brass"))).toBe("A fine chair.");
    await clock.advance(LOOK_AGAIN_MS);
    expect(later.questions.index.has("key")).toBe(false);
    expect(await given(clock, later.rung, asking("lamp of brass"))).toBe("A fine lamp.");
  });
});
