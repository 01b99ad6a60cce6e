import { describe, expect, test } from "vitest";
import { cacheStatus, cacheTerms } from "./cache-control.ts";

const none = {
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  maxAgeMs: undefined,
  maxStaleMs: undefined,
  tags: [],
};

function terms(cacheControl?: string, tags?: string) {
  const headers: Record<string, string | undefined> = { "cache-control": cacheControl, "tideover-cache-tags": tags };
  const header = (name: string) => headers[name];
  return cacheTerms({
    method: "POST",
    path: "/",
    header,
    body: new Uint8Array(),
    signal: new AbortController().signal,
  });
}

test("a request that says nothing has no terms", () => {
  expect(terms()).toBeUndefined();
});

test.each<[string, object]>([
  ["no-cache", { noCache: true }],
  ["No-Store, no-cache", { noStore: true, noCache: true }],
  ["only-if-cached, max-stale=60", { onlyIfCached: true, maxStaleMs: 60_000 }],
  ["max-stale", { maxStaleMs: Number.POSITIVE_INFINITY }],
  ['max-age = "30"', { maxAgeMs: 30_000 }],
  ["max-age=0", { maxAgeMs: 0, noCache: true }],
  ["max-age=5, max-age=9", { maxAgeMs: 5_000 }],
  ["max-age=-1, max-stale=soon, no-transform, private=x, ,=", {}],
])("%s", (header, expected) => {
  expect(terms(header)).toEqual({ ...none, ...expected });
});

test("tags that can be stored are taken, so many at most", () => {
  expect(terms(undefined, "page-1, a b,, shop:7 ,é")?.tags).toEqual(["page-1", "shop:7"]);
  expect(terms(undefined, Array.from({ length: 40 }, (_, index) => `t${index}`).join())?.tags).toHaveLength(16);
});

describe("Cache-Status", () => {
  test.each<[Parameters<typeof cacheStatus>[0], string]>([
    [{ hit: true, ttlSeconds: 3_540 }, "tideover; hit; ttl=3540"],
    [{ hit: true, ttlSeconds: -60 }, "tideover; hit; ttl=-60"],
    [{ hit: false, forward: "miss", stored: true }, "tideover; fwd=miss; stored"],
    [{ hit: false, forward: "miss", collapsed: true }, "tideover; fwd=miss; collapsed"],
    [{ hit: false, forward: "request" }, "tideover; fwd=request"],
  ])("%j", (record, expected) => {
    expect(cacheStatus(record)).toBe(expected);
  });
});
