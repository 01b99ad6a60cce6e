import type { Spend } from "./spend.ts";

/** What may be spent; at least one of the two. */
export interface ResolvedBudget {
  readonly soft?: ResolvedSpend;
  readonly hard?: ResolvedSpend;
}

export interface ResolvedSpend extends Spend {
  /** The amount in US dollars, in which prices are known. */
  readonly dollars: number;
}
