import type { Call } from "../../call.ts";

/**
 * What a call has told of its provider's load.
 * - `on-time`: its first content event came in time.
 * - `late`: it had not come when it should have.
 * - `dropped`: the provider refused the call for want of capacity.
 * - `ignored`: nothing; it was aborted, or failed for another reason.
 */
export type PermitEnding = "on-time" | "late" | "dropped" | "ignored";

/** Why no permit was given. */
export type RefusalReason = "limit-reached" | "queue-full" | "shed";

/** Whose limit it is. */
export interface LimitOwner {
  readonly provider: string;
  /** Names the key or the account, never the key itself. */
  readonly account: string;
  /** The model as the provider names it. */
  readonly model: string;
}

/** What happens at a limit. Times in ms. */
export type LimitNews =
  | { readonly type: "permit-granted"; readonly call: Call; readonly waitedMs: number }
  | {
      readonly type: "permit-refused";
      readonly call: Call;
      readonly reason: RefusalReason;
      readonly waitedMs: number;
      readonly retryAfterMs: number;
    }
  | { readonly type: "permit-released"; readonly call: Call; readonly ending: PermitEnding; readonly heldMs: number }
  | { readonly type: "limit-changed"; readonly limit: number; readonly inFlight: number };

/** The same with its owner, for logs, metrics and the simulator. */
export type LimitEvent = LimitOwner & LimitNews;
