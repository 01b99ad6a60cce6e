import type { Clock, IdSource, JobQueue, JobStore, NewJob } from "tideover/engine";
import type { Batch } from "./batch.ts";
import { BATCH_PRIORITY, FULL_PAUSE_MS, LINES_AT_ONCE, MOST_LINE_BYTES } from "./defaults.ts";
import { readLines } from "./read-lines.ts";
import { isFlaw, type LineTerms, type RequestLine, readRequestLine } from "./read-request-line.ts";

/** What lines become jobs with. */
export interface EnqueueParts {
  readonly store: JobStore;
  readonly queue: JobQueue;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly terms: LineTerms;
  /** Asked before each piece; false ends the work, to be gone on with later. */
  goesOn(): boolean;
  pause(ms: number): Promise<unknown>;
  /** Told after each piece how many lines are jobs now. */
  note(enqueued: number): Promise<void>;
}

/**
 * Makes the lines of a batch jobs, a piece at a time, from where it was left. A line that is a job already, because the
 * process died before it could note so, stays that one job: its idempotency key is the line.
 * @returns whether all are jobs now
 * @throws what the store and the file system throw
 */
export async function enqueueLines(batch: Batch, path: string, parts: EnqueueParts): Promise<boolean> {
  let index = 0;
  let piece: RequestLine[] = [];
  for await (const line of readLines(path, MOST_LINE_BYTES)) {
    if (index++ < batch.progress.enqueued) continue;
    const read = readRequestLine(line, parts.terms);
    // It was sound when the batch was checked.
    if (isFlaw(read)) throw new Error(`Line ${line.number}: ${read.message}`);
    piece.push(read);
    if (piece.length < LINES_AT_ONCE) continue;
    if (!(await keepPiece(batch, piece, parts))) return false;
    await parts.note(index);
    piece = [];
  }
  if (piece.length > 0 && !(await keepPiece(batch, piece, parts))) return false;
  await parts.note(index);
  return true;
}

async function keepPiece(batch: Batch, piece: readonly RequestLine[], parts: EnqueueParts): Promise<boolean> {
  const { store, queue, clock } = parts;
  let left = piece.map((line) => jobOf(batch, line, parts));
  while (left.length > 0) {
    if (!parts.goesOn()) return false;
    const results = await Promise.all(left.map(async (job) => ({ job, result: await store.accept(job) })));
    const accepted = results.flatMap(({ job, result }) => (result.type === "accepted" ? [job] : []));
    const now = clock.wallTime();
    const taken = await queue.publish(accepted.map(({ id, priority }) => ({ id, priority })));
    if (queue.order === "queue" && taken.length > 0) await store.published(taken, now);
    left = results.flatMap(({ job, result }) => (result.type === "full" ? [job] : []));
    if (left.length > 0) await parts.pause(FULL_PAUSE_MS);
  }
  return true;
}

function jobOf(batch: Batch, line: RequestLine, { clock, ids }: EnqueueParts): NewJob {
  const now = Math.floor(clock.wallTime());
  const expiresAt = Math.max(now + 1, batch.expiresAt);
  const time = now.toString(36).padStart(9, "0");
  return {
    id: `job_${time}${ids.next().replace(/[^A-Za-z0-9]/g, "")}`.slice(0, 60),
    kind: "ticket",
    tenant: batch.tenant,
    keyName: batch.keyName,
    operation: line.operation,
    model: line.model,
    request: line.bytes,
    priority: BATCH_PRIORITY,
    // The letter keeps it apart from callers' own keys.
    idempotency: { key: `b:${batch.id}:${line.number}`, fingerprint: batch.id, until: expiresAt },
    group: batch.id,
    tag: line.customId,
    createdAt: now,
    notBefore: now,
    expiresAt,
  };
}
