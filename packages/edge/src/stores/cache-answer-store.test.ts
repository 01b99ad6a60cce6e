import type { AnswerStore } from "tideover/engine";
import { ANSWER_STORE_CONFORMANCE, storedAnswer } from "tideover/testing";
import { describe, expect, test } from "vitest";
import type { AnswerCache } from "./answer-cache.ts";
import { cacheAnswerStore } from "./cache-answer-store.ts";

const NOW = 1_800_000_000_000;
const ORIGIN = "https://ask.example.com";
const signal = new AbortController().signal;

/** A cache in a map, by normalised address, as the platforms have it. */
class MapCache implements AnswerCache {
  readonly entries = new Map<string, { readonly headers: Headers; readonly body: string }>();

  match(url: string): Promise<Response | undefined> {
    const entry = this.entries.get(new URL(url).href);
    return Promise.resolve(entry && new Response(entry.body, { headers: entry.headers }));
  }

  async put(url: string, response: Response): Promise<void> {
    this.entries.set(new URL(url).href, { headers: response.headers, body: await response.text() });
  }

  delete(url: string): Promise<boolean> {
    return Promise.resolve(this.entries.delete(new URL(url).href));
  }
}

const storeIn = (cache: AnswerCache, generation?: string) =>
  cacheAnswerStore({ cache: () => cache, origin: ORIGIN, generation }, () => NOW);

/** The store with the list that the API does not have: each key is purged by itself. */
function listed(store: AnswerStore): AnswerStore {
  const keys = new Set<string>();
  return {
    get: (key, until) => store.get(key, until),
    async set(key, answer) {
      keys.add(key);
      await store.set(key, answer);
    },
    async purge(selection) {
      if (Object.values(selection).every((member) => member === undefined)) return store.purge(selection);
      const named = selection.key === undefined ? [...keys] : [selection.key];
      let purged = 0;
      for (const key of named) purged += await store.purge({ ...selection, key });
      return purged;
    },
  };
}

describe("answers in the Cache API, each purged by its key", () => {
  test.each(ANSWER_STORE_CONFORMANCE)("$name", async ({ run }) => {
    await run({ store: listed(storeIn(new MapCache())), now: () => NOW });
  });
});

test("an entry lives as long as it is good for anything, and its address holds nothing but the key", async () => {
  const cache = new MapCache();
  await storeIn(cache).set("ab12", storedAnswer(NOW, { tenant: "shop, the second", tags: ["lamps"] }));
  const [[url, entry] = []] = [...cache.entries];
  expect(url).toBe("https://ask.example.com/.tideover/answers/g-1/k-ab12");
  expect(entry?.headers.get("cache-control")).toBe("public, max-age=86400");
  expect(entry?.headers.get("cache-tag")).toBe(
    "tideover-tenant-shop%2C%20the%20second,tideover-route-copy,tideover-model-deepseek-chat,tideover-tag-lamps",
  );
});

test("a key cannot lead out of its folder", async () => {
  const cache = new MapCache();
  for (const key of ["..", ".", "../../other", "a/b?c#d"]) await storeIn(cache).set(key, storedAnswer(NOW));
  expect([...cache.entries.keys()].every((url) => url.startsWith(`${ORIGIN}/.tideover/answers/g-1/k-`))).toBe(true);
  expect(cache.entries.size).toBe(4);
});

test("an answer that is past its time takes the place of the one before it", async () => {
  const cache = new MapCache();
  await storeIn(cache).set("key", storedAnswer(NOW));
  await storeIn(cache).set("key", storedAnswer(NOW, { freshUntil: NOW - 1, staleUntil: NOW - 1 }));
  expect(cache.entries.size).toBe(0);
});

test("a purge by anything but the key is refused, and says what to do", async () => {
  const store = storeIn(new MapCache());
  await store.set("key", storedAnswer(NOW, { tags: ["a b"] }));
  await expect(store.purge({ tag: "a b" })).rejects.toThrow(/needs the key.*\(tideover-tag-a%20b\).*generation/s);
  await expect(store.purge({ tenant: "shop", route: "copy" })).rejects.toThrow(
    /tideover-tenant-shop and tideover-route-copy/,
  );
  expect(await store.get("key", signal)).toBeDefined();
});

test("another generation has none of the answers of the one before", async () => {
  const cache = new MapCache();
  await storeIn(cache, "blue/green").set("key", storedAnswer(NOW));
  expect(await storeIn(cache, "next").get("key", signal)).toBeUndefined();
  expect(await storeIn(cache, "blue/green").get("key", signal)).toBeDefined();
});

test("what is no answer is as if it were not there", async () => {
  const cache = new MapCache();
  await cache.put(`${ORIGIN}/.tideover/answers/g-1/k-bad`, new Response("{"));
  expect(await storeIn(cache).get("bad", signal)).toBeUndefined();
  expect(await storeIn(cache).purge({ key: "bad" })).toBe(0);
});

test.each([
  ["an answer", { events: ["x".repeat(17 * 1_024 * 1_024)] }, /too long for the cache: 16777216 at most/],
  ["tags", { tags: Array.from({ length: 400 }, (_, index) => `${"long-".repeat(10)}${index}`) }, /16000 at most/],
])("%s that would not fit is refused, and nothing is kept", async (_what, changes, message) => {
  const cache = new MapCache();
  await expect(storeIn(cache).set("key", storedAnswer(NOW, changes))).rejects.toThrow(message);
  expect(cache.entries.size).toBe(0);
});

test.each(["ask.example.com", "", "ftp://ask.example.com"])("an origin that is none is refused: %s", (origin) => {
  expect(() => cacheAnswerStore({ cache: () => new MapCache(), origin })).toThrow(
    /such as https:\/\/ask\.example\.com/,
  );
});
