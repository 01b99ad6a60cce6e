import { type AnswerStore, type QuestionVector, STORED_ANSWER_VERSION, type StoredAnswer } from "../answer-store.ts";
import { type ConformanceCase, rejects, same } from "./conformance.ts";

/** What the cases need of an adapter under test. */
export interface AnswerStoreFixture {
  /** A store with nothing in it. */
  readonly store: AnswerStore;
  /** The time that the store goes by (wall-clock ms). */
  now(): number;
}

const signal = new AbortController().signal;

/** An answer for tests: fresh for an hour, stale for a day, one chunk. */
export function storedAnswer(nowMs: number, changes: Partial<StoredAnswer> = {}): StoredAnswer {
  return {
    version: STORED_ANSWER_VERSION,
    tenant: "shop",
    route: "copy",
    model: "deepseek-chat",
    tags: [],
    storedAt: nowMs,
    freshUntil: nowMs + 3_600_000,
    staleUntil: nowMs + 86_400_000,
    generationMs: 2_000,
    origin: { provider: "deepseek", model: "deepseek-chat" },
    streamed: true,
    events: ['{"choices":[{"index":0,"delta":{"content":"Hi"},"finish_reason":"stop"}]}'],
    ...changes,
  };
}

/** What every {@link AnswerStore} must do. */
export const ANSWER_STORE_CONFORMANCE: readonly ConformanceCase<AnswerStoreFixture>[] = [
  {
    name: "what was never stored is not there",
    async run({ store }) {
      same(await store.get("absent", signal), undefined, "get");
    },
  },
  {
    name: "an answer comes back exactly as it was stored",
    async run({ store, now }) {
      const events = ['{"a":"é 你好 \\u0000 \\ud83c\\udf0a"}', `{"long":"${"x".repeat(200_000)}"}`, '{"b":1e400}'];
      const answer = storedAnswer(now(), { events, tags: ["a", "b c", "ключ"], origin: {}, streamed: false });
      await store.set("key", answer);
      same(await store.get("key", signal), answer, "get");
    },
  },
  {
    name: "the last one stored under a key counts",
    async run({ store, now }) {
      await store.set("key", storedAnswer(now(), { events: ["{}"], tags: ["old"] }));
      const second = storedAnswer(now(), { events: ['{"n":2}'] });
      await store.set("key", second);
      same(await store.get("key", signal), second, "get");
      same(await store.purge({ tag: "old" }), 0, "the first one's tag selects nothing any more");
      same(await store.get("key", signal), second, "get after the purge");
    },
  },
  {
    name: "keys do not run into each other",
    async run({ store, now }) {
      for (const key of ["a", "A", "a:b", "a*", "a%", "a_"]) {
        await store.set(key, storedAnswer(now(), { events: [JSON.stringify({ key })] }));
      }
      for (const key of ["a", "A", "a:b", "a*", "a%", "a_"]) {
        same((await store.get(key, signal))?.events, [JSON.stringify({ key })], key);
      }
    },
  },
  {
    name: "an answer past its time is not given",
    async run({ store, now }) {
      const past = now() - 1_000;
      await store.set("key", storedAnswer(past, { freshUntil: past, staleUntil: past }));
      same(await store.get("key", signal), undefined, "get");
    },
  },
  {
    name: "an answer that is only good as a stale copy is given",
    async run({ store, now }) {
      const answer = storedAnswer(now(), { freshUntil: now() - 1_000 });
      await store.set("key", answer);
      same(await store.get("key", signal), answer, "get");
    },
  },
  {
    name: "an entry of another version is as if it were not there",
    async run({ store, now }) {
      await store.set("key", storedAnswer(now(), { version: STORED_ANSWER_VERSION + 1 }));
      same(await store.get("key", signal), undefined, "get");
    },
  },
  {
    name: "a purge removes what matches every member of the selection, and says how many",
    async run({ store, now }) {
      const kinds: readonly [string, Partial<StoredAnswer>][] = [
        ["1", { tenant: "a", route: "r1", model: "m1", tags: ["x"] }],
        ["2", { tenant: "a", route: "r1", model: "m2", tags: ["x", "y"] }],
        ["3", { tenant: "a", route: "r2", model: "m1", tags: [] }],
        ["4", { tenant: "b", route: "r1", model: "m1", tags: ["y"] }],
        ["5", { tenant: "b", route: "r2", model: "m3", tags: ["y"] }],
      ];
      for (const [key, changes] of kinds) await store.set(key, storedAnswer(now(), changes));
      const left = async () => {
        const found: string[] = [];
        for (const [key] of kinds) if ((await store.get(key, signal)) !== undefined) found.push(key);
        return found.join("");
      };
      same(await store.purge({ tenant: "nobody" }), 0, "of nobody");
      same(await store.purge({ tenant: "b", key: "1" }), 0, "a key of another tenant");
      same(await store.purge({ tenant: "a", tag: "y" }), 1, "by tenant and tag");
      same(await left(), "1345", "left after tenant and tag");
      same(await store.purge({ key: "1" }), 1, "by key");
      same(await left(), "345", "left after key");
      same(await store.purge({ model: "m1", route: "r1" }), 1, "by model and route");
      same(await left(), "35", "left after model and route");
      same(await store.purge({ tag: "y" }), 1, "by tag");
      same(await left(), "3", "left after tag");
      same(await store.purge({ route: "r2" }), 1, "by route");
      same(await left(), "", "left after route");
    },
  },
  {
    name: "many are purged as well as one",
    async run({ store, now }) {
      for (let index = 0; index < 300; index++) {
        await store.set(`key-${index}`, storedAnswer(now(), { tenant: index % 3 === 0 ? "a" : "b" }));
      }
      same(await store.purge({ tenant: "a" }), 100, "purged");
      same(await store.get("key-0", signal), undefined, "one of them");
      same((await store.get("key-1", signal))?.tenant, "b", "one of the others");
    },
  },
  {
    name: "a purge of everything by mistake is refused",
    async run({ store, now }) {
      await store.set("key", storedAnswer(now()));
      await rejects(store.purge({}), "purge({})");
      await rejects(store.purge({ key: undefined }), "purge({ key: undefined })");
      same((await store.get("key", signal))?.tenant, "shop", "the entry");
    },
  },
];

/** What every {@link AnswerStore} must do that keeps the vectors of questions. */
export const QUESTION_VECTOR_CONFORMANCE: readonly ConformanceCase<AnswerStoreFixture>[] = [
  {
    name: "the vectors of a scope come back as they were stored, the newest first",
    async run({ store, now }) {
      const vectors = keeping(store);
      const begun = now();
      const values = [Float32Array.of(0.1, -2, 1e-30), Float32Array.of(1), Float32Array.of(0.5, 0.25)];
      for (const [index, value] of values.entries()) {
        await store.set(`key-${index}`, storedAnswer(now()));
        await vectors.set(`key-${index}`, { scope: "a", storedAt: begun + index, values: value });
      }
      await store.set("other", storedAnswer(now()));
      await vectors.set("other", { scope: "b", storedAt: begun, values: Float32Array.of(7) });
      const found = await vectors.of("a", 0, 10);
      same(
        found.map(({ key, storedAt, values: kept }) => [key, storedAt - begun, [...kept]]),
        [2, 1, 0].map((index) => [`key-${index}`, index, [...(values[index] ?? [])]]),
        "all",
      );
      same(
        (await vectors.of("a", 0, 2)).map(({ key }) => key),
        ["key-2", "key-1"],
        "two at most",
      );
      same(
        (await vectors.of("a", begun + 1, 10)).map(({ key }) => key),
        ["key-2", "key-1"],
        "since",
      );
      same(await vectors.of("c", 0, 10), [], "a scope of which nothing is known");
    },
  },
  {
    name: "the last vector of a key counts",
    async run({ store, now }) {
      const vectors = keeping(store);
      await store.set("key", storedAnswer(now()));
      await vectors.set("key", { scope: "a", storedAt: now(), values: Float32Array.of(1) });
      await vectors.set("key", { scope: "b", storedAt: now() + 1, values: Float32Array.of(2) });
      same(await vectors.of("a", 0, 10), [], "the first scope");
      same(
        (await vectors.of("b", 0, 10)).map(({ values }) => [...values]),
        [[2]],
        "the second scope",
      );
    },
  },
  {
    name: "a vector without an answer is not kept, and goes with its answer",
    async run({ store, now }) {
      const vectors = keeping(store);
      const vector = { scope: "a", storedAt: now(), values: Float32Array.of(1) };
      await vectors.set("absent", vector);
      same(await vectors.of("a", 0, 10), [], "of an answer that was never stored");
      await store.set("purged", storedAnswer(now()));
      await vectors.set("purged", vector);
      await store.purge({ key: "purged" });
      const past = now() - 1_000;
      await store.set("expired", storedAnswer(past, { freshUntil: past, staleUntil: past }));
      await vectors.set("expired", vector);
      same(await vectors.of("a", 0, 10), [], "of answers that are gone");
      await store.set("purged", storedAnswer(now()));
      same(await vectors.of("a", 0, 10), [], "of one that is gone, when another has taken its key");
    },
  },
];

/** The part of a store that keeps vectors; it is there in every store that these cases are for. */
function keeping(store: AnswerStore) {
  const missing = () => Promise.reject(new Error("The store keeps no vectors."));
  return {
    set: (key: string, vector: QuestionVector) => store.setVector?.(key, vector) ?? missing(),
    of: (scope: string, sinceMs: number, most: number) => store.vectors?.(scope, sinceMs, most, signal) ?? missing(),
  };
}
