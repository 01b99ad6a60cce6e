import type { Usage } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure } from "../../failure.ts";
import { CostBudget, type CostLimits } from "../../kernels/cost-budget.ts";
import type { Outcome } from "../../outcome.ts";
import type { Origin } from "../../provenance.ts";
import type { Layer } from "../../service.ts";
import { AccountBook } from "./account-book.ts";
import { isGenerated, withUsage } from "./real-usage.ts";

/** One budget that a call counts against. */
export interface NamedBudget extends CostLimits {
  /** Whose it is, unique and for the message: `tenant shop`, `route product-copy`. */
  readonly name: string;
  /** How far back spending counts, in ms. */
  readonly windowMs: number;
}

/** Where the layer finds the budgets and the prices. */
export interface CostBudgetOptions {
  /** The budgets of a call: its tenant's, its route's. */
  budgetsOf(call: Call): readonly NamedBudget[];
  /** What the call will cost at its first provider, in the currency of the budgets. */
  estimateCost(call: Call): number;
  /** What an answer has cost. */
  costOf(call: Call, origin: Origin, usage: Usage): number;
  /** Marks a call that should be answered without spending: the ladder then skips what costs money. */
  withoutSpending(call: Call): Call;
  /** What has been spent so far; shared by all routes. */
  readonly spending: Spending;
}

/** What has been spent so far, by budget. Made once and given to the layer of every route; it survives a reload. */
export class Spending {
  readonly #budgets: AccountBook<CostBudget>;

  constructor({ clock }: EngineEnvironment, capacity?: number) {
    this.#budgets = new AccountBook((budget) => budget.committed(clock.now()) === 0, capacity);
  }

  budget({ name, windowMs }: NamedBudget): CostBudget {
    return this.#budgets.get(`${name}\n${windowMs}`, () => new CostBudget(windowMs));
  }
}

/**
 * Keeps tenants and routes within their budgets. Beyond the soft limit calls go down the ladder without its paid
 * rungs; beyond the hard limit they are refused.
 */
export function costBudget(options: CostBudgetOptions, { clock }: EngineEnvironment): Layer {
  return (next) => async (call) => {
    const budgets = options.budgetsOf(call);
    if (budgets.length === 0) return next(call);
    const estimate = options.estimateCost(call);
    const held: CostBudget[] = [];
    const settle = (spent: number) => {
      for (const budget of held) budget.settle(clock.now(), estimate, spent);
    };

    let overSoft = false;
    for (const named of budgets) {
      const budget = options.spending.budget(named);
      const verdict = budget.reserve(clock.now(), estimate, named);
      if (verdict === "reserved") held.push(budget);
      if (verdict === "over-soft") overSoft = true;
      if (verdict === "over-hard") {
        settle(0);
        return refused(named, budget.forgetsWithinMs);
      }
    }
    if (overSoft) {
      settle(0);
      return next(options.withoutSpending(call));
    }
    return settled(await next(call), call, options, settle);
  };
}

function settled(outcome: Outcome, call: Call, options: CostBudgetOptions, settle: (spent: number) => void): Outcome {
  if (outcome.type !== "answer" || !isGenerated(outcome)) {
    settle(0);
    return outcome;
  }
  return withUsage(outcome, call, (usage) => settle(options.costOf(call, outcome.origin, usage)));
}

function refused({ name, hard }: NamedBudget, retryAfterMs: number): Failure {
  return failure("rejected", "cost-budget", `The budget of ${name} (${hard}) is spent.`, {
    code: "rate_limited",
    retryAfterMs,
  });
}
