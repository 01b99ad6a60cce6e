import { type Clock, type IdSource, type JobQueue, type JobStore, sleep } from "tideover/engine";
import type { Jobs } from "tideover/jobs";
import type { FileStore } from "../files/file-store.ts";
import type { Log } from "../logging/index.ts";
import type { Batch, BatchEnding, BatchStatus } from "./batch.ts";
import type { BatchStore } from "./batch-store.ts";
import { BATCH_KEEP_MS, BATCHES_AT_ONCE, CANCELS_AT_ONCE, IDLE_MS, LOOK_MS, TROUBLE_PAUSE_MS } from "./defaults.ts";
import { enqueueLines } from "./enqueue-lines.ts";
import { HeapBound } from "./heap-bound.ts";
import type { LineTerms } from "./read-request-line.ts";
import { validateInput } from "./validate-input.ts";
import { writeOutput } from "./write-output.ts";

/** What batches are run with. */
export interface BatchRunnerParts {
  readonly batches: BatchStore;
  readonly files: FileStore;
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly jobs: Pick<Jobs, "cancel">;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  readonly whyNot: LineTerms["whyNot"];
  /** How often running batches are looked at, in ms; tests take less. */
  readonly lookMs?: number | undefined;
}

/**
 * Brings batches forward, each from where its row says it stands: checks the input, makes its lines jobs, and writes the
 * output once they have ended, the window is over, or its owner wants it no more. Every step may be done again after a
 * crash.
 */
export class BatchRunner {
  readonly #parts: BatchRunnerParts;
  readonly #stop = new AbortController();
  readonly #heap = new HeapBound();
  /** Steps under way, by batch; at most {@link BATCHES_AT_ONCE}. */
  readonly #steps = new Map<string, Promise<void>>();
  /** Until when a batch is left alone after trouble, on the clock (ms); as many as there are active ones. */
  readonly #pausedUntil = new Map<string, number>();
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(parts: BatchRunnerParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** There is something to do. */
  hurry(): void {
    this.#wake?.();
  }

  /** Batches are forgotten: resolves when what was under way for them has ended. */
  async forgotten(ids: readonly string[]): Promise<void> {
    await Promise.all(ids.map((id) => this.#steps.get(id)));
    for (const id of ids) this.#pausedUntil.delete(id);
  }

  /** Ends after the pieces that are under way. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
    this.#heap.release();
    await Promise.all(this.#steps.values());
  }

  async #run(): Promise<void> {
    const { clock, files, batches, log, lookMs = LOOK_MS } = this.#parts;
    const { signal } = this.#stop;
    let sweptAt = Number.NEGATIVE_INFINITY;
    while (!signal.aborted) {
      const wake = new AbortController();
      this.#wake = () => wake.abort();
      let isIdle = true;
      try {
        isIdle = this.#look() === 0;
        if (isIdle) this.#heap.release();
        else this.#heap.hold();
        if (clock.now() - sweptAt >= IDLE_MS) {
          sweptAt = clock.now();
          await files.sweep();
          await batches.purge(clock.wallTime());
        }
      } catch (error) {
        log.error({ event: "batches-failed", error }, "The batches could not be looked at.");
      }
      if (!signal.aborted) await sleep(clock, isIdle ? IDLE_MS : lookMs, wake.signal);
    }
  }

  /** Begins a step for each batch that has none under way. @returns how many batches are active */
  #look(): number {
    const { batches, clock } = this.#parts;
    const active = batches.active();
    const now = clock.now();
    for (const id of active) {
      if (this.#steps.size >= BATCHES_AT_ONCE) break;
      if (this.#steps.has(id) || (this.#pausedUntil.get(id) ?? 0) > now) continue;
      const step = this.#step(id).finally(() => this.#steps.delete(id));
      this.#steps.set(id, step);
    }
    return active.length;
  }

  /** Never rejects. */
  async #step(id: string): Promise<void> {
    const { batches, clock, log } = this.#parts;
    try {
      const batch = batches.find(id);
      if (batch !== undefined) await this.#advance(batch);
      this.#pausedUntil.delete(id);
    } catch (error) {
      this.#pausedUntil.set(id, clock.now() + TROUBLE_PAUSE_MS);
      log.error(
        { event: "batch-failed", batch: id, error },
        "A batch could not be brought forward; it is tried again.",
      );
    }
  }

  async #advance(batch: Batch): Promise<void> {
    switch (batch.status) {
      case "validating":
        return this.#validate(batch);
      case "in_progress":
        return this.#progress(batch);
      case "cancelling":
      case "finalizing":
        return this.#finish(batch, batch.ending ?? "completed");
      default:
        return undefined;
    }
  }

  async #validate(batch: Batch): Promise<void> {
    const { batches, files, clock, log } = this.#parts;
    const { order } = batch;
    const path = files.pathOf(order.inputFileId);
    const { total, flaws, model } = await validateInput(
      path,
      { endpoint: order.endpoint, whyNot: this.#parts.whyNot },
      () => this.#stands(batch),
    );
    if (!this.#stands(batch)) return;
    const now = clock.wallTime();
    const known = model === undefined ? {} : { model };
    if (flaws.length > 0) {
      const progress = { total: 0, enqueued: 0, flaws, endedAt: now, ...known };
      await batches.move(batch.id, { from: "validating", to: "failed", progress, keptUntil: now + BATCH_KEEP_MS });
      log.info({ event: "batch-ended", batch: batch.id, state: "failed", flaws: flaws.length }, "Batch failed.");
      return;
    }
    const progress = { total, enqueued: 0, inProgressAt: now, ...known };
    await batches.move(batch.id, { from: "validating", to: "in_progress", progress });
    this.hurry();
  }

  async #progress(batch: Batch): Promise<void> {
    const { batches, store, clock, ids, queue, files } = this.#parts;
    if (clock.wallTime() >= batch.expiresAt) return this.#finalize(batch, "expired");
    if (batch.progress.enqueued < batch.progress.total) {
      const path = files.pathOf(batch.order.inputFileId);
      await enqueueLines(batch, path, {
        ...{ store, queue, clock, ids },
        terms: this.#terms(batch),
        goesOn: () => this.#stands(batch) && clock.wallTime() < batch.expiresAt,
        pause: (ms) => sleep(clock, ms, this.#stop.signal),
        note: (enqueued) => batches.note(batch.id, { ...batch.progress, enqueued }),
      });
      return undefined;
    }
    const { succeeded, failed, expired, cancelled } = await store.groupCounts(batch.id);
    if (succeeded + failed + expired + cancelled >= batch.progress.total) return this.#finalize(batch, "completed");
    return undefined;
  }

  async #finalize(batch: Batch, ending: BatchEnding): Promise<void> {
    const { batches, clock } = this.#parts;
    const progress = { ...batch.progress, finalizingAt: clock.wallTime() };
    await batches.move(batch.id, { from: batch.status, to: "finalizing", ending, progress });
    this.hurry();
  }

  /** Ends the jobs that still run, writes the output and ends the batch, all of which may be done again. */
  async #finish(batch: Batch, ending: BatchEnding): Promise<void> {
    const { batches, files, store, clock, log } = this.#parts;
    if (ending !== "completed") await this.#cancelJobs(batch);
    if (this.#stop.signal.aborted) return;
    const { output, errors, completed, failed, usage } = await writeOutput(batch, ending, {
      ...{ store, files },
      terms: this.#terms(batch),
    });
    const row = (draft: typeof output, kind: string) =>
      draft === undefined
        ? []
        : [
            files.rowOf(draft, {
              tenant: batch.tenant,
              filename: `${batch.id}_${kind}.jsonl`,
              purpose: "batch_output",
              keepMs: batch.order.outputKeepMs,
            })[1],
          ];
    const now = clock.wallTime();
    const moved = await batches.move(batch.id, {
      from: batch.status,
      to: ending,
      progress: {
        ...batch.progress,
        ...{ completed, failed, usage, endedAt: now },
        ...(output === undefined ? {} : { outputFileId: output.id }),
        ...(errors === undefined ? {} : { errorFileId: errors.id }),
      },
      keptUntil: now + BATCH_KEEP_MS,
      beside: [...row(output, "output"), ...row(errors, "error")],
    });
    if (!moved) return;
    log.info({ event: "batch-ended", batch: batch.id, state: ending, completed, failed }, `Batch ${ending}.`);
  }

  async #cancelJobs({ id, tenant }: Batch): Promise<void> {
    const { store, jobs } = this.#parts;
    let after: string | undefined;
    do {
      const states = ["queued", "leased", "running"] as const;
      const page = await store.list({ group: id, states, limit: CANCELS_AT_ONCE, after });
      await Promise.all(page.jobs.map((job) => jobs.cancel(job.id, tenant)));
      after = page.hasMore && !this.#stop.signal.aborted ? page.jobs.at(-1)?.id : undefined;
    } while (after !== undefined);
  }

  /** Whether a batch still stands where it stood, and this process goes on. */
  #stands({ id, status }: { readonly id: string; readonly status: BatchStatus }): boolean {
    return !this.#stop.signal.aborted && this.#parts.batches.find(id)?.status === status;
  }

  /** How lines are read again that were sound: a model that is gone by now is told of by the job that asks for it. */
  #terms({ order: { endpoint } }: Batch): LineTerms {
    return { endpoint, whyNot: () => undefined };
  }
}
