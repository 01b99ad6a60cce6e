import { expect, test } from "vitest";
import { type TickOf, tick } from "../../api/testing.ts";
import { commonest } from "./full.tsx";
import { lastMinute, storyOf, sum } from "./story.ts";

const told = (...ticks: readonly TickOf[]) => {
  const { kind, tone } = storyOf(ticks.map(tick));
  return [kind, tone];
};

test.each<[string, TickOf, string, string]>([
  ["nothing ended", {}, "quiet", "quiet"],
  ["callers left", { cancelled: 3 }, "quiet", "quiet"],
  ["all live", { answered: 10, rungs: { live: 10 } }, "live", "normal"],
  ["one of a thousand lost", { answered: 999, failed: 1, rungs: { live: 999 } }, "live", "normal"],
  ["some from a second provider", { answered: 10, rungs: { live: 8, alternate: 2 } }, "elsewhere", "busy"],
  ["some degraded", { answered: 10, degraded: 2, rungs: { alternate: 8, template: 2 } }, "degraded", "degraded"],
  ["one in twenty lost", { answered: 19, failed: 1 }, "partly", "degraded"],
  ["a third lost", { answered: 10, failed: 5 }, "partly", "outage"],
  ["most lost", { answered: 1, failed: 9 }, "hardly", "outage"],
  ["most refused by a full gateway", { answered: 1, refused: { late: 9 } }, "hardly", "outage"],
])("%s", (_what, of, kind, tone) => {
  expect(told(of)).toEqual([kind, tone]);
});

test("a change is told by the last seconds, whatever the minute was", () => {
  const calm = Array.from({ length: 60 }, (): TickOf => ({ answered: 10, rungs: { live: 10 } }));
  expect(told(...calm, { failed: 9, answered: 1 }, { failed: 10 }, { failed: 10 })).toEqual(["hardly", "outage"]);
});

test("a service that is asked seldom is told by its last minute, not as quiet", () => {
  const pause = Array.from({ length: 20 }, (): TickOf => ({}));
  expect(told({ answered: 1, degraded: 1, rungs: { template: 1 } }, ...pause)).toEqual(["degraded", "degraded"]);
});

test("ticks add up", () => {
  const all = sum([tick({ answered: 3, rungs: { live: 2, cache: 1 } }), tick({ answered: 1, rungs: { live: 1 } })]);
  expect(all).toMatchObject({ seconds: 2, answered: 4, failed: 0, shed: 4, retries: 2, rungs: { live: 3, cache: 1 } });
});

test("the commonest reason of refusals is told", () => {
  const minute = [tick({ refused: { room: 2, late: 1 } }), tick({ refused: { late: 3 } }), tick({})];
  expect([commonest(minute), sum(minute).refused]).toEqual(["late", 6]);
});

test("a page that was just opened counts the minute that the gateway told, and what came since", () => {
  const told = { ...tick({ at: 100_000, answered: 50 }), periodMs: 60_000 };
  const ticks = Array.from({ length: 29 }, (_, second) => tick({ at: 99_000 + second * 1_000, answered: 1 }));
  expect(sum(lastMinute(ticks, told))).toMatchObject({ seconds: 87, answered: 77 });
  const more = [...ticks, tick({ at: 130_000, answered: 1 })];
  expect(sum(lastMinute(more, told))).toMatchObject({ seconds: 30, answered: 30 });
});
