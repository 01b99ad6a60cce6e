import { type Clock, JOB_STATES, type JobCounts } from "tideover/engine";
import { budgetUse, type ProviderState, type Runtime } from "tideover/runtime";
import type { LoadSnapshot } from "../shedding/load-shedding.ts";
import { PRIORITY_CLASSES } from "./priority-class.ts";
import { seriesKey, type TotalsSnapshot } from "./snapshot.ts";

/** What gauges are read from. */
export interface GaugeFacts {
  readonly runtime: Runtime;
  readonly clock: Pick<Clock, "now" | "wallTime">;
  readonly requestsInFlight: number;
  /** How full the process is; undefined where nobody watches. */
  readonly load: LoadSnapshot | undefined;
  /** Undefined where no tickets are given, or the store has not answered yet. */
  readonly jobs: JobCounts | undefined;
  /** Routes and how bad things are there, from 0 to 3. */
  readonly levels: Iterable<readonly [route: string, level: number]>;
}

/** The numbers of breaker states, as the gauge has them. */
export const BREAKER_NUMBERS = { closed: 0, "half-open": 1, open: 2 } as const;

/** What is so now. */
export function readGauges(facts: GaugeFacts): TotalsSnapshot["gauges"] {
  const { runtime, clock, jobs } = facts;
  const gauges = emptyGauges();
  for (const [name, state] of runtime.providers) readProvider(gauges, name, state, clock.now());
  gauges.requestsInFlight[""] = facts.requestsInFlight;
  if (facts.load?.room !== undefined) {
    gauges.callsOpen[""] = facts.load.open;
    gauges.callsAllowed[""] = facts.load.room;
    gauges.loopBusy[""] = facts.load.busyShare;
  }
  if (jobs !== undefined) {
    for (const state of JOB_STATES) gauges.jobs[state] = jobs[state];
    gauges.oldestJobMs[""] =
      jobs.oldestQueuedAt === undefined ? 0 : Math.max(0, clock.wallTime() - jobs.oldestQueuedAt);
  }
  const figures = runtime.caching?.answers.figures;
  if (figures !== undefined) {
    gauges.cacheAnswers[""] = figures.entries;
    gauges.cacheBytes[""] = figures.bytes;
  }
  for (const [route, level] of facts.levels) gauges.level[route] = level;
  for (const { name, used } of budgetUse(runtime.config, runtime.spending, clock.now())) {
    // One budget may have two windows: the one that is used more is the one that will end first.
    gauges.budgetUsed[name] = Math.max(gauges.budgetUsed[name] ?? 0, used);
  }
  return gauges;
}

type Gauges = ReturnType<typeof emptyGauges>;

function emptyGauges() {
  const series = (): Record<string, number> => ({});
  return {
    breakerState: series(),
    limit: series(),
    inFlight: series(),
    waiting: series(),
    underPressure: series(),
    accountsUsable: series(),
    accounts: series(),
    requestsInFlight: series(),
    callsOpen: series(),
    callsAllowed: series(),
    loopBusy: series(),
    jobs: series(),
    oldestJobMs: series(),
    cacheAnswers: series(),
    cacheBytes: series(),
    budgetUsed: series(),
    level: series(),
  };
}

function readProvider(gauges: Gauges, name: string, state: ProviderState, now: number): void {
  gauges.accounts[name] = state.accounts.length;
  gauges.accountsUsable[name] = state.accounts.filter((account) => now >= account.state.isolatedUntil).length;
  gauges.inFlight[name] = state.accounts.reduce((sum, account) => sum + account.state.inFlight, 0);
  if (state.breakers !== undefined) {
    let worst = 0;
    for (const { thing } of state.breakers.entries()) worst = Math.max(worst, BREAKER_NUMBERS[thing.state]);
    gauges.breakerState[name] = worst;
  }
  if (state.limits === undefined) return;
  let limit = 0;
  let pressed = 0;
  const waiting = { critical: 0, standard: 0, sheddable: 0, background: 0 };
  for (const { thing } of state.limits.entries()) {
    const snapshot = thing.snapshot();
    limit += snapshot.limit;
    if (snapshot.underPressure) pressed = 1;
    for (const name of PRIORITY_CLASSES) waiting[name] += snapshot.waiting[name];
  }
  gauges.limit[name] = limit;
  gauges.underPressure[name] = pressed;
  for (const priority of PRIORITY_CLASSES) gauges.waiting[seriesKey(name, priority)] = waiting[priority];
}
