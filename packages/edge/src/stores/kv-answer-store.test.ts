import { ANSWER_STORE_CONFORMANCE, storedAnswer } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { kvAnswerStore } from "./kv-answer-store.ts";
import type { KvList, KvNamespace } from "./kv-namespace.ts";

const NOW = 1_800_000_000_000;
const signal = new AbortController().signal;

/** KV in a map, with pages of 100 and its bound on what stands beside a value. */
class MapNamespace implements KvNamespace {
  readonly entries = new Map<string, { value: string; expirationTtl: number; metadata: unknown }>();

  get(key: string): Promise<string | null> {
    return Promise.resolve(this.entries.get(key)?.value ?? null);
  }

  put(key: string, value: string, { expirationTtl, metadata }: { expirationTtl: number; metadata?: unknown }) {
    if (expirationTtl < 60) return Promise.reject(new Error("Invalid expiration_ttl"));
    const text = metadata === undefined ? undefined : JSON.stringify(metadata);
    if (text !== undefined && new TextEncoder().encode(text).length > 1_024) {
      return Promise.reject(new Error("Metadata length exceeds the limit of 1024"));
    }
    this.entries.set(key, { value, expirationTtl, metadata: text === undefined ? null : JSON.parse(text) });
    return Promise.resolve();
  }

  delete(key: string): Promise<void> {
    this.entries.delete(key);
    return Promise.resolve();
  }

  list({ prefix, cursor = "" }: { prefix: string; cursor?: string }): Promise<KvList> {
    const names = [...this.entries.keys()].filter((name) => name.startsWith(prefix) && name > cursor).sort();
    const page = names.slice(0, 100);
    const last = page.at(-1);
    const keys = page.map((name) => ({ name, metadata: this.entries.get(name)?.metadata }));
    return Promise.resolve(
      names.length > page.length && last !== undefined
        ? { keys, list_complete: false, cursor: last }
        : { keys, list_complete: true },
    );
  }
}

describe("answers in KV", () => {
  test.each(ANSWER_STORE_CONFORMANCE)("$name", async ({ run }) => {
    await run({ store: kvAnswerStore(new MapNamespace(), () => NOW), now: () => NOW });
  });
});

test("an entry is forgotten when it is no good any more, but not before KV can", async () => {
  const namespace = new MapNamespace();
  const store = kvAnswerStore(namespace, () => NOW);
  await store.set("day", storedAnswer(NOW));
  await store.set("soon", storedAnswer(NOW, { staleUntil: NOW + 5_000 }));
  expect([...namespace.entries.values()].map(({ expirationTtl }) => expirationTtl)).toEqual([86_400, 60]);
});

test("tags that do not fit beside the value are found inside it", async () => {
  const store = kvAnswerStore(new MapNamespace(), () => NOW);
  const tags = Array.from({ length: 100 }, (_, index) => `a-rather-long-tag-${index}`);
  await store.set("many", storedAnswer(NOW, { tags }));
  await store.set("few", storedAnswer(NOW, { tags: ["a-rather-long-tag-99"] }));
  expect(await store.purge({ tag: "a-rather-long-tag-99" })).toBe(2);
  expect(await store.get("many", signal)).toBeUndefined();
});

test("what is no answer is as if it were not there", async () => {
  const namespace = new MapNamespace();
  namespace.entries.set("tideover:answer:bad", { value: "{", expirationTtl: 60, metadata: null });
  const store = kvAnswerStore(namespace, () => NOW);
  expect(await store.get("bad", signal)).toBeUndefined();
  expect(await store.purge({ key: "bad" })).toBe(0);
});
