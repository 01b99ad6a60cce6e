import { onEnding } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { Layer } from "../../service.ts";
import type { LimitState } from "./limit-state.ts";

/** Where the layer finds the limit of a call. */
export interface LimitLayerOptions {
  /** The limit for a call; its state is kept per account and upstream model and shared by all routes. */
  limitFor(call: Call): LimitState;
  /** After how many ms without content the attempt below gives up: the route's first-token timer. */
  firstTokenMs(call: Call): number;
  /**
   * Whether the time to the outcome tells how busy the provider is: not where a whole answer is read in one piece,
   * whose time is a matter of its length. Default: always.
   */
  measuresFirstToken?(call: Call): boolean;
}

/**
 * Lets only as many calls to an account through as it can bear, and finds out how many these are. What exceeds them
 * waits a little, in order of importance, or is refused at once, so that failover goes on.
 *
 * A call holds its permit until its stream has ended: that is how providers count.
 */
export function limit(options: LimitLayerOptions): Layer {
  return (next) => async (call) => {
    const permit = await options.limitFor(call).acquire(call, {
      firstTokenMs: options.firstTokenMs(call),
      measured: options.measuresFirstToken?.(call) ?? true,
    });
    if (permit.type === "failure") return permit;
    const outcome = await next(call);
    if (outcome.type === "answer") {
      permit.answered();
      return { ...outcome, stream: onEnding(outcome.stream, () => permit.release()) };
    }
    if (outcome.type === "failure") permit.failed(outcome);
    permit.release();
    return outcome;
  };
}
