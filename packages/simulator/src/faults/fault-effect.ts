import type { UpstreamRefusal } from "../model/error-bodies.ts";

/** What breaks an answer off, or into it, after a number of its tokens. */
export interface Interruption {
  /** It strikes before the token after this many; at the latest before the finish. */
  readonly afterTokens: number;
  /** It strikes before anything of the answer, the role preamble included. */
  readonly beforeRole?: boolean;
  /**
   * - `drop`: the connection closes (FIN) inside the body.
   * - `reset`: the connection is reset (RST).
   * - `end`: the body ends in good order, without finish and `[DONE]`.
   * - `hold`: nothing more comes; the connection stays open.
   * - `malformed`: one event is broken JSON, the rest follows.
   * - `error`: an error object, then the end.
   */
  readonly how: "drop" | "reset" | "end" | "hold" | "malformed" | "error";
}

/** How an answer that was admitted differs from a good one. Everything absent is as usual. */
export interface AnswerShape {
  /** Replaces the wait before the first token, ms; Infinity: it never comes. */
  readonly waitMs?: number;
  /** Replaces the cadence of signs of life, ms. */
  readonly keepAliveMs?: number;
  /** Replaces the time between two tokens, ms. */
  readonly tokenIntervalMs?: number;
  /** So many blank lines at the keep-alive cadence, then the end of the body. */
  readonly blankLines?: number;
  readonly interruption?: Interruption;
  /** Ends the answer early with this finish reason. */
  readonly finish?: {
    readonly reason: "content_filter" | "insufficient_system_resource";
    readonly afterTokens: number;
  };
  /** Replaces the text: nothing at all, so many spaces, or text without end. */
  readonly text?: "none" | "endless" | { readonly spaces: number };
  /** `[DONE]` left out; left out with the connection kept open; sent with the connection kept open. */
  readonly done?: "missing" | "missing-open" | "open";
  /** How the bytes are laid out. */
  readonly framing?: "crlf" | "bom" | "multi-line-data" | "split" | "gzip";
  readonly usage?: UsagePlacement;
  /** Size of additional response headers, bytes. */
  readonly headerBytes?: number;
}

/**
 * Where a stream carries its usage.
 * - `deepseek`: on a trailing chunk without choices when the caller asked for it, else on the finish chunk.
 * - `finish`, `trailing`, `both`, `none`: there, whatever the caller asked.
 */
export type UsagePlacement = "deepseek" | "finish" | "trailing" | "both" | "none";

/** What a fault does with a request. */
export type FaultEffect =
  /** Refused as if nobody listened, reset before any byte, or accepted and never answered. */
  | { readonly kind: "connection"; readonly how: "refused" | "reset" | "silence" }
  /** Another response instead of an answer. */
  | { readonly kind: "respond"; readonly response: UpstreamRefusal }
  /** An answer that is not as it should be. */
  | { readonly kind: "shape"; readonly shape: AnswerShape };
