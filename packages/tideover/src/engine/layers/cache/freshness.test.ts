import { describe, expect, test } from "vitest";
import type { CacheTerms } from "../../call.ts";
import type { Random } from "../../random.ts";
import { isDueEarly, judge, mayStandIn, spreadFresh } from "./freshness.ts";

const always = (value: number) => ({ next: () => value }) as Random;
/** Stored at 1,000, fresh for 1,000 ms, made in 100 ms. */
const answer = { storedAt: 1_000, freshUntil: 2_000, generationMs: 100 };
const none = undefined;
/** Terms of a caller who says this and nothing else. */
const terms = (said: Partial<CacheTerms>): CacheTerms => ({
  noCache: false,
  noStore: false,
  onlyIfCached: false,
  tags: [],
  ...said,
});

describe("what a stored answer is good for", () => {
  test.each([
    [1_999, "fresh"],
    [2_000, "revalidate"],
    [2_099, "revalidate"],
    [2_100, "expired"],
  ] as const)("at %i it is %s, where it would be made anew", (now, verdict) => {
    expect(judge(answer, none, now, true)).toBe(verdict);
  });

  test("where it would not be made anew, its time ends at once", () => {
    expect(judge(answer, none, 1_999, false)).toBe("fresh");
    expect(judge(answer, none, 2_000, false)).toBe("expired");
  });

  test("a caller may take it for so long after its end, and no longer", () => {
    expect(judge(answer, terms({ maxStaleMs: 500 }), 2_500, true)).toBe("stale");
    expect(judge(answer, terms({ maxStaleMs: 500 }), 2_501, true)).toBe("expired");
    expect(judge(answer, terms({ maxStaleMs: 0 }), 2_000, false)).toBe("stale");
  });

  test("a caller may want it younger, however fresh it is", () => {
    expect(judge(answer, terms({ maxAgeMs: 300 }), 1_300, true)).toBe("fresh");
    expect(judge(answer, terms({ maxAgeMs: 300 }), 1_301, true)).toBe("refused");
    expect(judge(answer, terms({ maxAgeMs: 300, maxStaleMs: 9_000 }), 5_000, true)).toBe("refused");
  });
});

describe("whether a stale copy may stand in", () => {
  test("without a word from the caller it may, however old", () => {
    expect(mayStandIn(answer, none, 1e12)).toBe(true);
    expect(mayStandIn(answer, terms({}), 1e12)).toBe(true);
  });

  test("not for a caller who wants none, an age, or an end", () => {
    expect(mayStandIn(answer, terms({ noCache: true }), 1_500)).toBe(false);
    expect(mayStandIn(answer, terms({ maxAgeMs: 300 }), 1_300)).toBe(true);
    expect(mayStandIn(answer, terms({ maxAgeMs: 300 }), 1_301)).toBe(false);
    expect(mayStandIn(answer, terms({ maxStaleMs: 500 }), 2_500)).toBe(true);
    expect(mayStandIn(answer, terms({ maxStaleMs: 500 }), 2_501)).toBe(false);
  });
});

describe("an early refresh (XFetch)", () => {
  // -ln(1 - 0.6321…) is 1: the draw that asks exactly one generation ahead.
  const oneAhead = always(1 - Math.exp(-1));

  test("is due by the draw times how long the generation takes", () => {
    expect(isDueEarly(answer, 1_899.9, oneAhead)).toBe(false);
    expect(isDueEarly(answer, 1_900.1, oneAhead)).toBe(true);
    expect(isDueEarly({ ...answer, generationMs: 500 }, 1_500.1, oneAhead)).toBe(true);
    expect(isDueEarly({ ...answer, generationMs: 500 }, 1_499.9, oneAhead)).toBe(false);
  });

  test("is not due before the end for the least of draws", () => {
    expect(isDueEarly(answer, 1_999, always(0))).toBe(false);
    expect(isDueEarly(answer, 2_000, always(0))).toBe(true);
  });
});

test("a spread fresh time is shorter by up to a tenth, never longer", () => {
  expect(spreadFresh(1_000, always(0))).toBe(1_000);
  expect(spreadFresh(1_000, always(0.5))).toBeCloseTo(950);
  expect(spreadFresh(1_000, always(1))).toBeCloseTo(900);
});
