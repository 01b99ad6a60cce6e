import { expect, test } from "vitest";
import { LimitHistory } from "./limit-history.ts";

test("of every slot and provider the lowest and the last value are kept, in the order of time", () => {
  const history = new LimitHistory();
  const change = (at: number, limit: number, provider = "a") => history.add({ at, provider, limit, inFlight: 0 });
  for (const [at, limit] of [
    [0, 20],
    [1_000, 12],
    [2_000, 15],
    [9_999, 18],
    [10_000, 19],
    [35_000, 9],
    [36_000, 8],
  ] as const) {
    change(at, limit);
  }
  change(5_000, 7, "b");
  const of = (name: string) =>
    history.changes.filter(({ provider }) => provider === name).map(({ at, limit }) => [at, limit]);
  expect(of("a")).toEqual([
    [1_000, 12],
    [9_999, 18],
    [10_000, 19],
    [36_000, 8],
  ]);
  expect(of("b")).toEqual([[5_000, 7]]);
});
