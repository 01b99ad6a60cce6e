import type { JsonObject } from "tideover/engine";

/** Where a batch stands, in OpenAI's words. */
export type BatchStatus =
  | "validating"
  | "failed"
  | "in_progress"
  | "finalizing"
  | "completed"
  | "expired"
  | "cancelling"
  | "cancelled";

/** How a batch that began ends. */
export type BatchEnding = Extract<BatchStatus, "completed" | "expired" | "cancelled">;

/** What is wrong with an input file. */
export interface Flaw {
  readonly code: string;
  readonly message: string;
  readonly param: string | null;
  /** From 1; null for the file as a whole. */
  readonly line: number | null;
}

/** The requests that a batch may hold. */
export const BATCH_ENDPOINTS = {
  "/v1/chat/completions": "chat",
  "/v1/completions": "completions",
  "/v1/embeddings": "embeddings",
} as const;

/** One of {@link BATCH_ENDPOINTS}. */
export type BatchEndpointPath = keyof typeof BATCH_ENDPOINTS;

/** What the caller asked for; it never changes. */
export interface BatchOrder {
  readonly endpoint: BatchEndpointPath;
  readonly inputFileId: string;
  readonly completionWindow: string;
  readonly metadata: Readonly<Record<string, string>> | null;
  /** How long the output files are kept, in ms. */
  readonly outputKeepMs?: number | undefined;
}

/** What has come of it so far; times in ms since the Unix epoch. */
export interface BatchProgress {
  readonly total: number;
  /** Lines that have become jobs: all before this one. */
  readonly enqueued: number;
  /** As they were when the output was written. */
  readonly completed?: number;
  readonly failed?: number;
  readonly flaws?: readonly Flaw[];
  /** The model of the first line. */
  readonly model?: string;
  readonly inProgressAt?: number;
  readonly finalizingAt?: number;
  readonly endedAt?: number;
  readonly outputFileId?: string;
  readonly errorFileId?: string;
  readonly usage?: JsonObject;
}

/** A batch; times in ms since the Unix epoch. */
export interface Batch {
  readonly id: string;
  readonly tenant: string;
  readonly keyName: string | undefined;
  readonly status: BatchStatus;
  /** How it is about to end, once that is decided. */
  readonly ending: BatchEnding | undefined;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly cancellingAt: number | undefined;
  readonly order: BatchOrder;
  readonly progress: BatchProgress;
}

/** How many of a batch's requests there are, have an answer, have none. */
export interface RequestCounts {
  readonly total: number;
  readonly completed: number;
  readonly failed: number;
}

/** A batch as OpenAI's clients know it; times in whole seconds since the Unix epoch. */
export function batchDocument(batch: Batch, counts: RequestCounts): JsonObject {
  const { order, progress, status } = batch;
  const endedAs = (wanted: BatchStatus) => (status === wanted ? seconds(progress.endedAt) : null);
  return {
    id: batch.id,
    object: "batch",
    endpoint: order.endpoint,
    model: progress.model ?? null,
    errors: progress.flaws === undefined ? null : { object: "list", data: progress.flaws.map((flaw) => ({ ...flaw })) },
    input_file_id: order.inputFileId,
    completion_window: order.completionWindow,
    status,
    output_file_id: progress.outputFileId ?? null,
    error_file_id: progress.errorFileId ?? null,
    created_at: seconds(batch.createdAt),
    in_progress_at: seconds(progress.inProgressAt),
    expires_at: seconds(batch.expiresAt),
    finalizing_at: seconds(progress.finalizingAt),
    completed_at: endedAs("completed"),
    failed_at: endedAs("failed"),
    expired_at: endedAs("expired"),
    cancelling_at: seconds(batch.cancellingAt),
    cancelled_at: endedAs("cancelled"),
    request_counts: { ...counts },
    ...(progress.usage === undefined ? {} : { usage: progress.usage }),
    metadata: order.metadata === null ? null : { ...order.metadata },
  };
}

function seconds(ms: number | undefined): number | null {
  return ms === undefined ? null : Math.floor(ms / 1_000);
}
