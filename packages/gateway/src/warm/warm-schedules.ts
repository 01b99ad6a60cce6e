import { resolve } from "node:path";
import { Cron } from "croner";
import type { ResolvedWarm } from "tideover/config";
import { type Clock, type Random, sleep } from "tideover/engine";
import type { Log } from "../logging/index.ts";
import { FailureReport } from "./failure-report.ts";
import { readPrompts } from "./prompts-file.ts";
import { WarmRecord } from "./warm-record.ts";
import { type WarmProgress, WarmRun } from "./warm-run.ts";
import type { WarmTarget } from "./warm-target.ts";

/** What schedules need of the gateway. */
export interface WarmSchedulesParts {
  /** Where relative prompts files begin. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** Sends requests on behalf of a tenant; of the only one where none is named. */
  targetFor(tenant: string | undefined): WarmTarget;
  /** The first moment from then on in which no provider charges its peak prices (ms since the Unix epoch). */
  nextOffPeak(wallTimeMs: number): number;
}

/** The longest sleep before the calendar is looked at again, in ms: clocks are set, and machines sleep. */
const LONGEST_SLEEP_MS = 15 * 60_000;

/** A schedule that cannot be read; the message names its place. */
export class ScheduleError extends Error {
  override readonly name = "ScheduleError";
}

/**
 * Generates answers ahead when it is time. One run of an entry at a time: what is due meanwhile is left out.
 * @throws ScheduleError for a cron expression that cannot be
 */
export function startWarmSchedules(entries: readonly ResolvedWarm[], parts: WarmSchedulesParts): { stop(): void } {
  const stop = new AbortController();
  const crons = entries.map(({ schedule }, index) => (schedule === undefined ? undefined : cronOf(schedule, index)));
  for (const [index, entry] of entries.entries()) void repeat(entry, crons[index], parts, stop.signal);
  return { stop: () => stop.abort() };
}

function cronOf(schedule: string, index: number): Cron {
  try {
    return new Cron(schedule, { paused: true });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new ScheduleError(`warm[${index}].schedule is "${schedule}", which is no cron expression: ${why}`);
  }
}

async function repeat(
  entry: ResolvedWarm,
  cron: Cron | undefined,
  parts: WarmSchedulesParts,
  stop: AbortSignal,
): Promise<void> {
  const { clock, log } = parts;
  for (;;) {
    const due = cron === undefined ? parts.nextOffPeak(clock.wallTime()) : nextRun(cron, clock.wallTime());
    if (due === undefined || !(await until(due, clock, stop))) return;
    try {
      await runOnce(entry, parts, stop);
    } catch (error) {
      // A file that is missing tonight may be there tomorrow.
      log.error({ event: "warm-failed", prompts: entry.prompts, error }, `Warming ${entry.prompts} failed.`);
    }
    // Once in each off-peak time: the next one begins after a peak.
    if (cron === undefined && !(await untilPeak(parts, stop))) return;
  }
}

function nextRun(cron: Cron, wallTimeMs: number): number | undefined {
  return cron.nextRun(new Date(wallTimeMs))?.getTime();
}

/** @returns false when it was stopped meanwhile */
async function until(dueMs: number, clock: Clock, stop: AbortSignal): Promise<boolean> {
  for (let left = dueMs - clock.wallTime(); left > 0; left = dueMs - clock.wallTime()) {
    if (!(await sleep(clock, Math.min(left, LONGEST_SLEEP_MS), stop))) return false;
  }
  return !stop.aborted;
}

async function untilPeak({ clock, nextOffPeak }: WarmSchedulesParts, stop: AbortSignal): Promise<boolean> {
  while (nextOffPeak(clock.wallTime()) <= clock.wallTime()) {
    if (!(await sleep(clock, LONGEST_SLEEP_MS, stop))) return false;
  }
  return !stop.aborted;
}

async function runOnce(entry: ResolvedWarm, parts: WarmSchedulesParts, stop: AbortSignal): Promise<void> {
  const { clock, log } = parts;
  const { prompts, model, concurrency, offPeak, tenant } = entry;
  const path = resolve(parts.folder, prompts);
  const read = () => readPrompts(path, prompts, { model });
  let total = 0;
  for await (const _prompt of read()) total++;
  const record = new WarmRecord(`${path}.warmed`, false);
  const failures = new FailureReport(`${path}.failed.jsonl`, record.size > 0);
  log.info({ event: "warm-started", prompts, total, resumed: record.size }, `Warming ${prompts}: ${total} requests.`);
  const run = new WarmRun({
    ...{ prompts: read(), total, concurrency, clock, stop },
    random: parts.random,
    target: parts.targetFor(tenant),
    isDone: (id) => record.has(id),
    onDone(prompt, result) {
      record.add(prompt.id);
      if (result.type === "failed") failures.add(prompt, result);
    },
    ...(offPeak
      ? { mayGoOn: () => until(parts.nextOffPeak(clock.wallTime()), clock, stop).then(() => undefined) }
      : {}),
  });
  const ended = await run.run();
  if (stop.aborted) return;
  record.finish();
  log.info({ event: "warm-ended", prompts, ...counts(ended) }, `Warming ${prompts} ended: ${ended.failed} failed.`);
}

function counts({ total, generated, present, notKept, failed, resumed, elapsedMs }: WarmProgress) {
  return { total, generated, present, notKept, failed, resumed, elapsedMs: Math.round(elapsedMs) };
}
