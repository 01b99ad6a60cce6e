import { MAX_GROUP_BYTES, MAX_GROUP_WRITES, MAX_PENDING_BYTES, MAX_PENDING_WRITES } from "./defaults.ts";
import { sizeOf, type UnitOutcome, type WriteResult, type WriteUnit } from "./sql.ts";
import { messageOf, StoreError } from "./store-error.ts";

/** Commits units in one transaction; rejects when none of their outcomes is known. */
export type CommitGroup = (units: readonly WriteUnit[]) => Promise<readonly UnitOutcome[]>;

/** What may wait, and what goes into one transaction; tests take less. */
export interface QueueCaps {
  readonly pendingWrites: number;
  readonly pendingBytes: number;
  readonly groupWrites: number;
  readonly groupBytes: number;
}

const USUAL_CAPS: QueueCaps = {
  pendingWrites: MAX_PENDING_WRITES,
  pendingBytes: MAX_PENDING_BYTES,
  groupWrites: MAX_GROUP_WRITES,
  groupBytes: MAX_GROUP_BYTES,
};

interface Pending {
  readonly unit: WriteUnit;
  readonly bytes: number;
  readonly resolve: (results: readonly WriteResult[]) => void;
  readonly reject: (error: StoreError) => void;
}

/**
 * Group commit: while one group is being committed the next one gathers, so a slow disk makes groups larger instead
 * of the queue longer. The first write after a pause goes at the end of its turn of the event loop, with all others
 * of that turn.
 */
export class WriteQueue {
  readonly #commit: CommitGroup;
  readonly #caps: QueueCaps;
  #pending: Pending[] = [];
  #pendingBytes = 0;
  /** Writes handed to the committer and not settled yet. */
  #committing = 0;
  #running = false;
  #closed = false;
  #idle: (() => void)[] = [];

  constructor(commit: CommitGroup, caps: Partial<QueueCaps> = {}) {
    this.#commit = commit;
    this.#caps = { ...USUAL_CAPS, ...caps };
  }

  /** Writes that are not committed yet. */
  get pending(): number {
    return this.#pending.length + this.#committing;
  }

  /** Whether another write would be taken now: what accepts work asks before it promises anything. */
  get hasRoom(): boolean {
    return (
      !this.#closed && this.#pending.length < this.#caps.pendingWrites && this.#pendingBytes < this.#caps.pendingBytes
    );
  }

  /**
   * Writes a unit: all of its statements, or none.
   * @throws StoreError `queue-full` at once, `statement-failed`, `writer-lost` or `closed`.
   */
  write(unit: WriteUnit): Promise<readonly WriteResult[]> {
    if (this.#closed) return Promise.reject(new StoreError("closed", "The store is closed."));
    if (!this.hasRoom) {
      const message = `${this.#pending.length} writes (${this.#pendingBytes} bytes) already wait for the disk.`;
      return Promise.reject(new StoreError("queue-full", message));
    }
    return new Promise((resolve, reject) => {
      const bytes = sizeOf(unit);
      this.#pending.push({ unit, bytes, resolve, reject });
      this.#pendingBytes += bytes;
      if (this.#running) return;
      this.#running = true;
      setImmediate(() => void this.#run());
    });
  }

  /** Resolves when all that was written before is settled. Never rejects. */
  flush(): Promise<void> {
    if (!this.#running) return Promise.resolve();
    return new Promise((resolve) => this.#idle.push(resolve));
  }

  /** Takes no more and resolves when what was taken is settled. */
  close(): Promise<void> {
    this.#closed = true;
    return this.flush();
  }

  async #run(): Promise<void> {
    while (this.#pending.length > 0) {
      const group = this.#takeGroup();
      this.#committing = group.length;
      const outcomes = await this.#commit(group.map(({ unit }) => unit)).catch((error: unknown) =>
        error instanceof StoreError ? error : new StoreError("writer-lost", messageOf(error), { cause: error }),
      );
      this.#committing = 0;
      for (const [index, write] of group.entries())
        settle(write, outcomes instanceof StoreError ? outcomes : outcomes[index]);
    }
    this.#running = false;
    const idle = this.#idle;
    this.#idle = [];
    for (const resolve of idle) resolve();
  }

  #takeGroup(): Pending[] {
    let bytes = 0;
    let count = 0;
    for (const write of this.#pending) {
      if (count > 0 && (count >= this.#caps.groupWrites || bytes + write.bytes > this.#caps.groupBytes)) break;
      bytes += write.bytes;
      count++;
    }
    this.#pendingBytes -= bytes;
    return this.#pending.splice(0, count);
  }
}

function settle({ resolve, reject }: Pending, outcome: UnitOutcome | StoreError | undefined): void {
  if (outcome === undefined) reject(new StoreError("writer-lost", "The writer gave no outcome for this write."));
  else if (outcome instanceof StoreError) reject(outcome);
  else if (outcome.ok) resolve(outcome.results);
  else {
    const details = outcome.sqliteCode === undefined ? {} : { sqliteCode: outcome.sqliteCode };
    reject(new StoreError("statement-failed", outcome.message, details));
  }
}
