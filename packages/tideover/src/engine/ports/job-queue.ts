import type { JobNotice } from "./job-store.ts";

/** What a queue hands to a worker. */
export interface JobDelivery {
  /** The job to lease; absent where the queue only says that there is work and the store chooses. */
  readonly jobId?: string | undefined;
  /** The row is leased, or wants no work: the queue may forget the message. Never rejects. */
  acknowledge(): Promise<void>;
  /** The row could not be looked at: the queue is to deliver the message again, to anybody. Never rejects. */
  giveBack(): Promise<void>;
}

/**
 * How workers hear of jobs. It carries ids only; the row in the store is written before and is the truth, so a queue may
 * lose, repeat and reorder messages: lost ones are published again when the store finds them waiting.
 */
export interface JobQueue {
  /** Who decides which job is next: a queue that delivers ids, or the store. */
  readonly order: "queue" | "store";
  /**
   * Tells workers of jobs that may run now.
   * @returns the ids that the queue has taken for sure. Never rejects: with the broker down it is empty, at once or
   *   within a second.
   */
  publish(notices: readonly JobNotice[]): Promise<readonly string[]>;
  /**
   * Waits for work.
   * @param limit most deliveries
   * @param waitMs how long at most; then it resolves with none
   * @param signal ends the wait with none
   * @returns deliveries, each of which must be acknowledged or given back. Never rejects.
   */
  receive(limit: number, waitMs: number, signal: AbortSignal): Promise<readonly JobDelivery[]>;
  close(): Promise<void>;
}
