import { expect, test } from "vitest";
import { checkInvariants, watchInvariants } from "../invariants/check-invariants.ts";
import { shortenTo } from "../invariants/shorten.ts";
import { runScenario } from "../scenario/run-scenario.ts";
import { falseRecovery } from "../scenario/shipped/false-recovery.ts";
import { FiguresFold, figuresOf } from "./figures.ts";
import { SeriesFold, seriesOf } from "./series.ts";

test("a run that is judged call by call, and keeps none, comes to the same as one that keeps all", async () => {
  const scenario = shortenTo(falseRecovery, 250);
  const [figures, series, watch] = [new FiguresFold(scenario), new SeriesFold(scenario), watchInvariants(scenario)];
  const indexes = new Set<number>();
  const folded = await runScenario(scenario, {
    keepCalls: false,
    onCall: (call) => {
      indexes.add(call.index);
      figures.add(call);
      series.add(call);
      watch.add(call);
    },
  });
  const whole = await runScenario(scenario);
  expect(folded.calls).toEqual([]);
  expect(indexes.size).toBe(whole.calls.length);
  expect(folded.hash).toBe(whole.hash);
  expect(figures.end(folded)).toEqual(figuresOf(whole));
  expect(series.end(folded)).toEqual(seriesOf(whole));
  expect(watch.end(folded)).toEqual(checkInvariants(whole));
});

test("the recovery that is followed call by call is the one that was asked for", async () => {
  const whole = await runScenario(falseRecovery);
  const { recoveryMs } = figuresOf(whole);
  const { trouble } = falseRecovery;
  if (trouble === undefined || recoveryMs === undefined)
    throw new Error("The scenario has no trouble to recover from.");
  // The same by hand, from the definition: 30 s that are as good as 95% of what was before.
  const right = (fromMs: number, toMs: number) => {
    const within = whole.calls.filter(({ arrivedAt }) => arrivedAt >= fromMs && arrivedAt < toMs);
    return within.filter(({ tries }) => tries.at(-1)?.verdict === "right").length / within.length;
  };
  const from = trouble.toMs + recoveryMs;
  expect(right(from, from + 30_000)).toBeGreaterThanOrEqual(0.95 * right(0, trouble.fromMs) - 0.05);
  if (recoveryMs > 0) expect(right(from - 5_000, from + 25_000)).toBeLessThan(1);
});
