import type { Failure, JsonObject } from "tideover/engine";
import type { TryRecord } from "../scenario/call-record.ts";

/** One try of a caller, on its way to a client. */
export interface Asking {
  /** Names the try. */
  readonly id: string;
  readonly body: JsonObject;
  readonly urgency: number;
  /** Name of the tenant and of its key, where callers have any. */
  readonly tenant?: string | undefined;
  /** By when an answer is needed, ms of the run; see `Call.deadline`. */
  readonly deadlineAt: number;
  /** Tries before this one. */
  readonly retries: number;
  /** Aborts when the caller goes away before anything has come. */
  readonly signal: AbortSignal;
  /** Where the client notes what happens; it sets everything but the verdict. */
  readonly record: TryRecord;
}

/** What a caller holds in the end. */
export interface Received {
  /** Text of the first choice, as far as it came. */
  readonly text: string;
  /** The finish reason of the first choice, where one was told. */
  readonly finishReason?: string | undefined;
  /** Absent: passed as a whole answer. */
  readonly failure?: Failure | undefined;
  /**
   * It failed after a head with status 200. Official clients do not ask again then: their retries are over when the head
   * is there (openai-node, `makeRequest`).
   */
  readonly begun?: boolean | undefined;
}

/** What callers ask through. Never rejects. */
export type Client = (asking: Asking) => Promise<Received>;
