import type { Failure } from "./failure.ts";
import type { JsonObject } from "./json.ts";
import type { Trace } from "./provenance.ts";

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
  /** Set when the request asks for the rest of an answer that broke. */
  readonly continuation?: ContinuationTerms | undefined;
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
  /** Providers to try only when no other is left: they failed this very answer before. Set by resume. */
  readonly avoid: readonly string[];
  /**
   * The caller's own key for the provider, sent in place of ours, where `passthroughKeys` is set. A secret: never
   * logged, never part of an answer.
   */
  readonly callerKey?: string | undefined;
  /** The account that all layers of this call write to. */
  readonly trace: Trace;
}
