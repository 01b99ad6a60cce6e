import { expect, test } from "vitest";
import type { CallRecord } from "./call-record.ts";
import { runScenario } from "./run-scenario.ts";
import { ticketDrain } from "./shipped/ticket-drain.ts";

/** Pooled, because the 95th percentile of one run is made by 15 calls. */
const SEEDS = [1, 2, 3, 4, 5, 6];
/** What callers may notice of a backlog at most. */
const MOST_TIMES = 1.1;

/** First tokens of the callers who came in a time and were answered live, ms. */
function firstTokens(calls: readonly CallRecord[], fromMs: number, toMs: number): number[] {
  return calls.flatMap(({ arrivedAt, tries }) => {
    const last = tries.at(-1);
    if (arrivedAt < fromMs || arrivedAt > toMs || last?.rung !== "live") return [];
    return last.firstContentAt === undefined ? [] : [last.firstContentAt - arrivedAt];
  });
}

function p95(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * 0.95)] ?? Number.NaN;
}

test("while a backlog drains after an outage, live first tokens are as fast as without one", async () => {
  const from = ticketDrain.trouble?.toMs ?? 0;
  const beside: number[] = [];
  const alone: number[] = [];
  for (const seed of SEEDS) {
    const { calls, backlog } = await runScenario(ticketDrain, { seed });
    expect(backlog).toMatchObject({ accepted: 200, right: 200, wrong: 0 });
    const drainedAt = backlog?.drainedAt ?? Number.POSITIVE_INFINITY;
    // It is worked off, not left to wait for the night: 200 jobs of 5 s, beside callers who take half of 12 slots and
    // are to find one free. A ceiling that knows the slots takes 180 to 230 s.
    expect(drainedAt - from).toBeLessThan(420_000);
    beside.push(...firstTokens(calls, from, drainedAt));
    const without = await runScenario({ ...ticketDrain, backlog: undefined }, { seed });
    alone.push(...firstTokens(without.calls, from, drainedAt));
  }
  expect(alone.length).toBeGreaterThan(1_000);
  expect(p95(beside) / p95(alone)).toBeLessThan(MOST_TIMES);
}, 60_000);
