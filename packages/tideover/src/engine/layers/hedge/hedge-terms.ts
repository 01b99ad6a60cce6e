import type { Call } from "../../call.ts";
import type { QuantileWindow } from "../../kernels/quantile-window.ts";
import type { TokenBudget } from "../../kernels/token-budget.ts";
import type { Service } from "../../service.ts";

/** What hedging must know of one provider. */
export interface HedgeTerms {
  /** One try of the provider: what stands below its retries. A call is retried or hedged, never both. */
  readonly oneTry: Service;
  /** Its answers are below those of the route's other providers: being slow is no reason to be given one. */
  readonly degraded: boolean;
  /** Its breakers are closed and its limit does not shrink, so that extra calls do no harm. */
  isSteady(call: Call): boolean;
  /**
   * The times of its first tokens for calls like this one; undefined where answers come in one piece, whose time is a
   * matter of their length.
   */
  firstTokens(call: Call): QuantileWindow | undefined;
  /** What second attempts beside this provider's are paid from; undefined: they are not counted. */
  readonly budget: TokenBudget | undefined;
  /** The provider's retry budget, which they are paid from too. */
  readonly retryBudget: TokenBudget | undefined;
}
