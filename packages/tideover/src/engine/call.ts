import type { AnswerEvent } from "./answer-stream.ts";
import type { Failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { Origin, Trace } from "./provenance.ts";

/** What is asked for; each has its own path at a provider and its own form of answer. */
export type Operation = "chat" | "completions" | "fim" | "embeddings";

/**
 * What a provider may make of a request for the rest of a broken answer. The request itself ends with the text to go
 * on from, as an assistant message with `prefix: true`.
 */
export interface ContinuationTerms {
  /** Where that text is empty, the answer may be begun anew. */
  readonly restart: boolean;
  /** All that was shown of the text, for a host that can only be told to go on; absent: that will not do. */
  readonly instruct?: string | undefined;
}

/** What the caller asked, parsed once. */
export interface CallRequest {
  readonly operation: Operation;
  /** The model as the caller named it. */
  readonly model: string;
  /** The parsed body, never changed: adapters make their own. */
  readonly body: JsonObject;
  /** The body as it arrived; forwarded as it is when nothing needs a change. */
  readonly bytes: Uint8Array;
  /** The caller wants a stream. */
  readonly stream: boolean;
  /** The caller asked for a usage chunk at the end of the stream (`stream_options.include_usage`). */
  readonly includeUsage: boolean;
  /**
   * It came in the form of another API, and `body` is what was made of that: a provider's refusal need not be the
   * caller's fault. Absent: it is as the caller wrote it.
   */
  readonly translated?: boolean | undefined;
  /** What a job keeps of it in place of `bytes`, for a wire that says more than chat does. Read by the id of the job. */
  readonly jobBytes?: Uint8Array | undefined;
  /** Set when the request asks for the rest of an answer that broke. */
  readonly continuation?: ContinuationTerms | undefined;
}

/** What the caller said about stored answers (`Cache-Control` of RFC 9111, and our own tags). */
export interface CacheTerms {
  /** A new answer, neither stored nor shared with another caller; it may be stored. */
  readonly noCache: boolean;
  /** Nothing of this exchange may be stored, nor shared with another caller. */
  readonly noStore: boolean;
  /** A stored answer, or none. */
  readonly onlyIfCached: boolean;
  /** The oldest stored answer that will do, in ms. */
  readonly maxAgeMs?: number | undefined;
  /** How long past its fresh time a stored answer will do, in ms; Infinity: however long. */
  readonly maxStaleMs?: number | undefined;
  /** Names to purge the answer by. */
  readonly tags: readonly string[];
}

/** An answer that another process began and left: its rest is wanted, not another beginning. */
export interface BegunAnswer {
  readonly origin: Origin;
  readonly events: readonly AnswerEvent[];
}

/**
 * One request on its way through the engine. Layers pass on a copy with what they change.
 */
export interface Call {
  /** Identifies the request to callers and in logs. */
  readonly id: string;
  readonly request: CallRequest;
  /** Whose request it is; answers never cross tenants. */
  readonly tenant: string;
  /** Name of the caller's key, for quotas, logs and metrics; undefined for anonymous callers. */
  readonly keyName?: string | undefined;
  /** RFC 9218 urgency after the key's bound: 0 (critical) to 7 (background). */
  readonly priority: number;
  /** When the call came, on the engine's clock (ms). */
  readonly startedAt: number;
  /**
   * By when the caller needs an answer, on the engine's clock (ms): the whole answer when unstreamed, the first
   * content event when streamed.
   */
  readonly deadline: number;
  /**
   * Aborts (with a Failure as reason) when the outcome is no longer wanted. It governs the time until the outcome;
   * an Answer's stream is then cancelled through the stream itself.
   */
  readonly signal: AbortSignal;
  /** How often the caller's own client has sent this before (`X-Stainless-Retry-Count`). */
  readonly callerRetries: number;
  /** No other provider could still answer, so the same one may be tried again. Set by failover. */
  readonly lastChance: boolean;
  /** What the provider made of this call on failover's first pass, when it gets a second one. Set by failover. */
  readonly earlier?: { readonly tries: number; readonly failure: Failure } | undefined;
  /**
   * Not the first attempt at what the caller asked for (a restart, a continuation): it is paid for from the retry
   * budget and refused when that is spent. Set by resume.
   */
  readonly extra?: boolean | undefined;
  /**
   * Not the caller's own question: `summary` sums up a part of its conversation that a provider has no room for. Absent:
   * what the caller asked.
   */
  readonly purpose?: "summary" | undefined;
  /** A budget's soft limit is reached: what costs money is skipped where something else answers. Set by cost-budget. */
  readonly withoutSpending?: boolean | undefined;
  /**
   * The caller would rather have a ticket than wait (`Prefer: respond-async`), after `waitMs` for an answer (0: at
   * once). Only routes with a ticket rung heed it. `followed`: the answer is read while it is made, so this process
   * makes it, now, as a job that it holds.
   */
  readonly respondAsync?: { readonly waitMs: number; readonly followed?: boolean | undefined } | undefined;
  /** The identifier of the job that it becomes or is kept as, where the caller's wire names it; absent: any. */
  readonly jobId?: string | undefined;
  /** The caller's name for this request, under which it is done once (`Idempotency-Key`). */
  readonly idempotencyKey?: string | undefined;
  /** It is a job already, or becomes one when its time is up: no rung opens another. */
  readonly ticketed?: boolean | undefined;
  /** Only what a provider says is wanted: nobody waits, so nothing may stand in for it. */
  readonly liveOnly?: boolean | undefined;
  /** Providers to try only when no other is left: they failed this very answer before. Set by resume. */
  readonly avoid: readonly string[];
  /**
   * The caller's own key for the provider, sent in place of ours, where `passthroughKeys` is set. A secret: never
   * logged, never part of an answer.
   */
  readonly callerKey?: string | undefined;
  /** What the caller said about stored answers; absent: nothing. */
  readonly cacheTerms?: CacheTerms | undefined;
  /** Under what an answer to this request is stored. Set by the cache, where the caller may have a stored one. */
  readonly cacheKey?: string | undefined;
  /** Under what this request shares an answer that is being made. Set by the cache, where it may. */
  readonly flightKey?: string | undefined;
  /** The beginning of the answer, which only its rest is wanted of. Set by single-flight, done by resume. */
  readonly begun?: BegunAnswer | undefined;
  /** The account that all layers of this call write to. */
  readonly trace: Trace;
}
