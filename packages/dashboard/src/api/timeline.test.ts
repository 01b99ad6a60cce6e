import { expect, test } from "vitest";
import { tick } from "./testing.ts";
import { LIVE_MS, timelineOfHistory, timelineOfTicks, withPast } from "./timeline.ts";
import type { RequestHistory } from "./types.ts";

test("ticks become steps of five seconds: shares of what ended, rates a second, percentiles by their weight", () => {
  const measured = (count: number, p95: number) => ({ box: { count, p50: p95 / 2, p95, p99: p95 } });
  const ticks = [
    tick({ at: 1_000, answered: 4, degraded: 1, rungs: { live: 3, stale: 1 }, firstToken: measured(1, 100) }),
    tick({ at: 2_000, answered: 2, failed: 2, rungs: { live: 2 }, firstToken: measured(3, 500) }),
    tick({ at: 6_000 }),
  ];
  const timeline = timelineOfTicks(ticks);
  expect(timeline.at).toEqual([0, 5_000]);
  expect(timeline.answeredShare).toEqual([0.75, null]);
  expect(timeline.degradedShare).toEqual([1 / 6, null]);
  expect(timeline.rungs).toEqual({ live: [2.5, 0], stale: [0.5, 0], failed: [1, 0] });
  expect(timeline.firstToken.box).toEqual({ middle: [200, null], slow: [400, null] });
  expect(timeline.span).toEqual({ from: 5_000 - LIVE_MS, to: 5_000 });
});

test("a tick of no time gives no rate that is no number", () => {
  const timeline = timelineOfTicks([{ ...tick({ at: 1_000 }), periodMs: 0 }]);
  expect(timeline.rungs.failed).toEqual([0]);
});

test("history becomes the same: what the caller did himself is no failure, gaps stay gaps", () => {
  const none = { p50: [null, null], p90: [null, null], p99: [null, null] };
  const overall: RequestHistory = {
    ...{ requests: [20, null], answered: [10, null], degraded: [4, null], accepted: [2, null] },
    ...{ failed: [4, null], shed: [0, null], byCaller: [1, null], rungs: { live: [10, null], stale: [4, null] } },
    ...{ firstTokenMs: none, totalMs: none },
  };
  const timeline = timelineOfHistory({
    ...{ from: 0, to: 20_000, stepMs: 10_000, resolution: "10s", at: [0, 10_000], overall, routes: {}, providers: {} },
  });
  expect(timeline.answeredShare).toEqual([16 / 19, null]);
  expect(timeline.degradedShare).toEqual([0.25, null]);
  expect(timeline.rungs).toEqual({ live: [1, null], stale: [0.4, null], failed: [0.3, null] });
});

test("a page that was just opened draws what the history knows of the minutes before", () => {
  const live = timelineOfTicks([tick({ at: 401_000, answered: 1, rungs: { live: 1 } })]);
  const column = [0.1, 0.2, 0.3, 0.4];
  const past = {
    ...{ at: [90_000, 100_000, 390_000, 400_000], answeredShare: column, degradedShare: column },
    ...{ rungs: { stale: column }, firstToken: {}, slow: "p90" as const, stepMs: 10_000 },
  };
  const both = withPast(live, past);
  // Neither what is too old nor the step in which the first tick was taken.
  expect(both.at).toEqual([100_000, 390_000, 400_000]);
  expect(both.answeredShare).toEqual([0.2, 0.3, 1]);
  expect(both.rungs).toEqual({ stale: [0.2, 0.3, null], live: [null, null, 1], failed: [null, null, 0] });
});
