import type { Call, Chaos, Quota, RuleFacts, TenantQuotas, TicketDesk } from "../engine/index.ts";
import type { Features } from "./features.ts";
import type { RouteReviewParts } from "./review.ts";
import type { SpendingParts } from "./spending.ts";

/** Binds the expression language of rules: a compiled condition, or an error for one that cannot be read. */
export type CompileCondition = (expression: string) => (facts: RuleFacts) => boolean;

/** What a route is made from. */
export interface RouteParts extends SpendingParts, RouteReviewParts {
  readonly features: Features;
  /** Who turns calls into jobs; absent: this process keeps none, and the rung is not there. */
  readonly desk?: TicketDesk | undefined;
  readonly compileCondition: CompileCondition;
  /** What callers have used of their rates, and which rates a call is under. */
  readonly quotas: TenantQuotas;
  readonly quotaOf: (call: Call) => Quota | undefined;
  readonly chaos?: Chaos | undefined;
  /** Where we are, to prefer accounts that are there too. */
  readonly region?: string | undefined;
}
