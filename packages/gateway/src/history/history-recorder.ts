import type { Clock, Timer } from "tideover/engine";
import type { Log } from "../logging/index.ts";
import { subtractSnapshots, type TotalsSnapshot } from "../metrics/snapshot.ts";
import { MOST_PENDING, TIERS } from "./defaults.ts";
import { type HistoryStore, startOf } from "./history-store.ts";
import { recordOfTotals } from "./record-of-totals.ts";

/** What the history is recorded with. */
export interface RecorderParts {
  readonly store: HistoryStore;
  readonly clock: Clock;
  readonly log: Log;
  /** Everything counted so far, in all processes. */
  snapshot(): Promise<TotalsSnapshot>;
}

const [FINEST] = TIERS;
/** Coarser steps are made, and old ones cleared, at every so many finest steps: once a minute. */
const TIDY_EVERY = 6;

/**
 * Writes what was counted since the last time, every ten seconds on the clock's tens, so that a killed process loses no
 * more than that. A store that fails costs its steps and nothing else.
 */
export class HistoryRecorder {
  readonly #parts: RecorderParts;
  #last: TotalsSnapshot | undefined;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #stopped = false;
  #ticks = 0;
  /** Steps on their way to the disk, at most {@link MOST_PENDING}. */
  #pending = 0;
  /** Failures are told once, until it works again. */
  #failing = false;

  constructor(parts: RecorderParts) {
    this.#parts = parts;
  }

  /** Begins; what a process before left unfinished is rolled up first. */
  start(): void {
    this.#record(true);
    this.#schedule();
  }

  /** Writes the unfinished step and ends. Never rejects. */
  async stop(): Promise<void> {
    if (this.#stopped) return;
    this.#stopped = true;
    this.#timer?.cancel();
    await this.#running;
    this.#record(false);
    await this.#running;
  }

  #schedule(): void {
    if (this.#stopped) return;
    const now = this.#parts.clock.wallTime();
    const waitMs = startOf(now, FINEST) + FINEST.stepMs - now;
    this.#timer = this.#parts.clock.schedule(waitMs, () => {
      this.#ticks++;
      this.#record(this.#ticks % TIDY_EVERY === 0);
      this.#schedule();
    });
  }

  /** One step after the other, so that a slow disk reorders nothing. */
  #record(tidies: boolean): void {
    // While the disk hangs, what is counted stays in the totals, and the next step takes it.
    if (this.#pending >= MOST_PENDING) return;
    this.#pending++;
    // Taken now, written when the disk comes to it.
    const taking = Promise.allSettled([this.#parts.snapshot()]);
    this.#running = this.#running.then(async () => {
      await this.#attempt(async () => {
        const [taken] = await taking;
        if (taken.status === "rejected") throw taken.reason;
        await this.#write(taken.value);
      });
      if (tidies) await this.#attempt(() => this.#tidy());
      this.#pending--;
    });
  }

  async #write(taken: TotalsSnapshot): Promise<void> {
    const before = this.#last;
    this.#last = taken;
    // What was counted before the recorder began belongs to no step.
    if (before === undefined) return;
    // Timers come a little early or late; the middle of what was counted lies within its step.
    await this.#parts.store.add((before.at + taken.at) / 2, recordOfTotals(subtractSnapshots(taken, before)));
  }

  async #tidy(): Promise<void> {
    const { store, clock } = this.#parts;
    const now = clock.wallTime();
    await store.rollUp(now);
    await store.clear(now);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    const { log } = this.#parts;
    try {
      await work();
      if (this.#failing) log.info({ event: "history-back" }, "The history is written again.");
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) log.error({ event: "history-failed", error }, "The history cannot be written.");
      this.#failing = true;
    }
  }
}
