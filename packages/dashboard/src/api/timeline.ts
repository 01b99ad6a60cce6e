import type { HistoryAnswer, HistoryColumn, Picture, RequestFigures } from "./types.ts";

/** Ticks that make one step of the drawn live minutes: a step a second would only show noise. */
const STEP_MS = 5_000;
/** How far back the live minutes go. */
export const LIVE_MS = 300_000;

type Column = readonly (number | null)[];

/** What charts draw, from ticks or from history. Shares are from 0 to 1, rates a second, times in ms. */
export interface Timeline {
  /** When each step begins, in ms since the Unix epoch. */
  readonly at: readonly number[];
  readonly answeredShare: Column;
  readonly degradedShare: Column;
  /** Answers a second by rung, and `failed` for what was not answered. */
  readonly rungs: Readonly<Record<string, Column>>;
  /** Time to the first token by provider: the middle, and the slow end (`slow` says which percentile that is). */
  readonly firstToken: Readonly<Record<string, { readonly middle: Column; readonly slow: Column }>>;
  readonly slow: "p95" | "p90";
  readonly stepMs: number;
  /** The time that is looked at; default: from the first step to the last. */
  readonly span?: { readonly from: number; readonly to: number } | undefined;
}

/** Requests that count as not answered: what the caller did himself does not. */
export function failedOf(figures: RequestFigures): number {
  return (figures.results.failed ?? 0) + (figures.results.interrupted ?? 0);
}

/** Calls that the full gateway itself refused: no route's, and not the caller's doing. */
export function refusedOf({ load }: Picture): number {
  return Object.values(load?.refused ?? {}).reduce((sum, count) => sum + count, 0);
}

/** All that was not answered, of all routes. */
function unanswered(tick: Picture): number {
  return failedOf(tick.requests) + refusedOf(tick);
}

/** Answered or accepted. */
export function answeredOf(figures: RequestFigures): number {
  return (figures.results.answered ?? 0) + (figures.results.accepted ?? 0);
}

/** The last minutes, from the ticks. */
export function timelineOfTicks(ticks: readonly Picture[]): Timeline {
  const steps = new Map<number, Picture[]>();
  for (const tick of ticks) {
    const at = Math.floor((tick.at - 1) / STEP_MS) * STEP_MS;
    const step = steps.get(at);
    if (step === undefined) steps.set(at, [tick]);
    else step.push(tick);
  }
  const groups = [...steps.values()];
  const each = (value: (group: readonly Picture[]) => number | null): Column => groups.map(value);
  // A tick that was taken at once after another one is of no time, and nothing ended in it.
  const seconds = (group: readonly Picture[]) =>
    Math.max(
      1,
      total(group, ({ periodMs }) => periodMs),
    ) / 1000;
  const rungs = namesOf(ticks, ({ requests }) => Object.keys(requests.rungs));
  const providers = namesOf(ticks, (tick) => tick.providers.map(({ name }) => name));
  const firstToken = (name: string, percentile: "p50" | "p95") =>
    each((group) =>
      weighted(
        group.map((tick) => {
          const measured = tick.providers.find((provider) => provider.name === name)?.attempts.firstToken;
          return { value: measured?.[percentile] ?? null, count: measured?.count ?? 0 };
        }),
      ),
    );
  return {
    at: [...steps.keys()],
    answeredShare: each((group) => {
      const answered = total(group, ({ requests }) => answeredOf(requests));
      return share(answered, answered + total(group, unanswered));
    }),
    degradedShare: each((group) =>
      share(
        total(group, ({ requests }) => requests.degraded),
        total(group, ({ requests }) => answeredOf(requests)),
      ),
    ),
    rungs: {
      ...Object.fromEntries(
        rungs.map((rung) => [
          rung,
          each((group) => total(group, ({ requests }) => requests.rungs[rung] ?? 0) / seconds(group)),
        ]),
      ),
      failed: each((group) => total(group, unanswered) / seconds(group)),
    },
    firstToken: Object.fromEntries(
      providers.map((name) => [name, { middle: firstToken(name, "p50"), slow: firstToken(name, "p95") }]),
    ),
    slow: "p95",
    stepMs: STEP_MS,
    span: spanOf([...steps.keys()]),
  };
}

/** A longer time, from the history. */
export function timelineOfHistory({ at, stepMs, overall, providers }: HistoryAnswer): Timeline {
  const seconds = stepMs / 1000;
  const rate = (column: HistoryColumn): Column => column.map((value) => (value === null ? null : value / seconds));
  const value = (column: HistoryColumn, index: number) => column[index] ?? 0;
  const answered = (index: number) =>
    value(overall.answered, index) + value(overall.degraded, index) + value(overall.accepted, index);
  const failed = overall.failed.map((count, index) =>
    count === null ? null : Math.max(0, count - value(overall.byCaller, index)),
  );
  return {
    at,
    answeredShare: at.map((_moment, index) => share(answered(index), answered(index) + (failed[index] ?? 0))),
    degradedShare: at.map((_moment, index) => share(value(overall.degraded, index), answered(index))),
    rungs: {
      ...Object.fromEntries(Object.entries(overall.rungs).map(([rung, column]) => [rung, rate(column)])),
      failed: rate(failed),
    },
    firstToken: Object.fromEntries(
      Object.entries(providers).map(([name, { firstTokenMs }]) => [
        name,
        { middle: firstTokenMs.p50, slow: firstTokenMs.p90 },
      ]),
    ),
    slow: "p90",
    stepMs,
  };
}

/** The live minutes are always five, so that a page that was just opened fills from the right. */
function spanOf(at: readonly number[]): Timeline["span"] {
  const to = at.at(-1);
  return to === undefined ? undefined : { from: to - LIVE_MS, to };
}

/**
 * The live minutes with what the history knows of the time before the first tick, which was taken when somebody first
 * looked. First-token times are left out of that: the history has another percentile.
 */
export function withPast(live: Timeline, past: Timeline): Timeline {
  const begin = live.at[0] ?? Number.POSITIVE_INFINITY;
  const from = live.span?.from ?? Number.NEGATIVE_INFINITY;
  const kept = past.at.map((at, index) => ({ at, index })).filter(({ at }) => at >= from && at + past.stepMs <= begin);
  const before = (column: Column | undefined): Column => kept.map(({ index }) => column?.[index] ?? null);
  const after = (column: Column | undefined): Column => column ?? live.at.map(() => null);
  const none = kept.map(() => null);
  const rungs = new Set([...Object.keys(past.rungs), ...Object.keys(live.rungs)]);
  return {
    ...live,
    at: [...kept.map(({ at }) => at), ...live.at],
    answeredShare: [...before(past.answeredShare), ...live.answeredShare],
    degradedShare: [...before(past.degradedShare), ...live.degradedShare],
    rungs: Object.fromEntries(
      [...rungs].map((rung) => [rung, [...before(past.rungs[rung]), ...after(live.rungs[rung])]]),
    ),
    firstToken: Object.fromEntries(
      Object.entries(live.firstToken).map(([name, { middle, slow }]) => [
        name,
        { middle: [...none, ...middle], slow: [...none, ...slow] },
      ]),
    ),
  };
}

function namesOf(ticks: readonly Picture[], names: (tick: Picture) => readonly string[]): string[] {
  return [...new Set(ticks.flatMap(names))].sort();
}

function total(group: readonly Picture[], value: (tick: Picture) => number): number {
  return group.reduce((sum, tick) => sum + value(tick), 0);
}

function share(part: number, whole: number): number | null {
  return whole > 0 ? part / whole : null;
}

/** The mean of seconds' percentiles, each as heavy as its count: near enough for a line, and no more than that. */
function weighted(values: readonly { readonly value: number | null; readonly count: number }[]): number | null {
  let sum = 0;
  let count = 0;
  for (const one of values) {
    if (one.value === null) continue;
    sum += one.value * one.count;
    count += one.count;
  }
  return count > 0 ? sum / count : null;
}
