import type { AnswerStream } from "./answer-stream.ts";
import type { Call } from "./call.ts";
import type { Failure } from "./failure.ts";

/** What an adapter gives as soon as the provider's head is good: events, none of them judged yet. */
export interface RawAnswer {
  readonly type: "raw-answer";
  /** The model name that was sent. */
  readonly model: string;
  readonly stream: AnswerStream;
  /** How the provider was asked for the rest of a broken answer, where that was asked. */
  readonly continuation?: string | undefined;
}

/** What one attempt hands to the adapter beside the call. */
export interface AttemptScope {
  /** Aborts when the attempt is given up before the adapter has resolved. */
  readonly signal: AbortSignal;
  /** To be called when a connection carries the request. */
  connected(): void;
  /** To be called when a fault is injected on purpose, with its name; it goes into the attempt's record. */
  injected?(fault: string): void;
}

/**
 * Speaks to one account of one provider, without any judgement of time: timers, commit and counting are above it.
 * Never rejects.
 */
export type Adapter = (call: Call, scope: AttemptScope) => Promise<RawAnswer | Failure>;
