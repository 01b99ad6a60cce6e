import type { Usage } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { Clock } from "../../clock.ts";
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
  /** Whose it is, unique and for the message: `key shop`, `route product-copy`. */
  readonly name: string;
  /** The hard limit as people wrote it, for the message: `10 CNY/d`. Default: the bare number. */
  readonly written?: string | undefined;
  /** How far back spending counts, in ms. */
  readonly windowMs: number;
}

/** Which budget something was spent of. */
export type SpentBudget = Pick<NamedBudget, "name" | "windowMs">;

/** Where the layer finds the budgets and the prices. */
export interface CostBudgetOptions {
  /** The budgets of a call: its key's, its route's. */
  budgetsOf(call: Call): readonly NamedBudget[];
  /** What the call will cost at its first provider, in the currency of the budgets. */
  estimateCost(call: Call): number;
  /** What an answer has cost. */
  costOf(call: Call, origin: Origin, usage: Usage): number;
  /** What has been spent so far; shared by all routes. */
  readonly spending: Spending;
}

/** What has been spent so far, by budget. Made once and given to the layer of every route; it survives a reload. */
export class Spending {
  readonly #clock: Clock;
  readonly #budgets: AccountBook<{ readonly of: SpentBudget; readonly budget: CostBudget }>;
  /** Told of what is spent here, for other processes that keep the same budgets. It must be quick and must not throw. */
  onSpent: ((budget: SpentBudget, spent: number) => void) | undefined;

  constructor({ clock }: EngineEnvironment, capacity?: number) {
    this.#clock = clock;
    this.#budgets = new AccountBook(({ budget }) => budget.committed(clock.now()) === 0, capacity);
  }

  budget({ name, windowMs }: SpentBudget): CostBudget {
    const make = () => ({ of: { name, windowMs }, budget: new CostBudget(windowMs) });
    return this.#budgets.get(`${name}\n${windowMs}`, make).budget;
  }

  /** What counts against each budget now, for a process that begins now: it is all counted as spent just now. */
  *inUse(): Iterable<{ readonly budget: SpentBudget; readonly spent: number }> {
    const now = this.#clock.now();
    for (const { of, budget } of this.#budgets.values()) {
      const spent = budget.committed(now);
      if (spent > 0) yield { budget: of, spent };
    }
  }

  /** Takes what another process has spent of a budget. */
  charge(budget: SpentBudget, spent: number): void {
    this.budget(budget).add(this.#clock.now(), spent);
  }
}

/**
 * Keeps callers and routes within their budgets. Beyond a soft limit a call goes down the ladder without its paid
 * rungs, and only when nothing there answers it is money spent after all; beyond a hard limit it is refused.
 */
export function costBudget(options: CostBudgetOptions, { clock }: EngineEnvironment): Layer {
  return (next) => async (call) => {
    const budgets = options.budgetsOf(call);
    if (budgets.length === 0) return next(call);
    const estimate = options.estimateCost(call);
    const asked = reserve(budgets, estimate, options.spending, clock);
    if (asked.type === "failure") return asked;
    if (asked.type === "reserved") return settled(await next(call), call, options, asked.settle);

    const free = await next({ ...call, withoutSpending: true });
    if (!leavesAChoice(free)) return free;
    const hardOnly = budgets.map((budget) => ({ ...budget, soft: undefined }));
    const again = reserve(hardOnly, estimate, options.spending, clock);
    if (again.type !== "reserved") return again.type === "failure" ? again : free;
    return settled(await next(call), call, options, again.settle);
  };
}

/** Nothing that costs nothing could answer, but something that costs might. */
function leavesAChoice(outcome: Outcome): boolean {
  if (outcome.type !== "failure" || outcome.committed) return false;
  return outcome.kind !== "caller" && outcome.kind !== "cancelled" && outcome.kind !== "deadline";
}

type Reserved =
  | { readonly type: "reserved"; readonly settle: (spent: number) => void }
  | { readonly type: "over-soft" }
  | Failure;

/** Reserves an estimate on all budgets, or on none of them. */
function reserve(budgets: readonly NamedBudget[], estimate: number, spending: Spending, clock: Clock): Reserved {
  const held: { readonly named: NamedBudget; readonly budget: CostBudget }[] = [];
  const settle = (spent: number) => {
    for (const {
      named: { name, windowMs },
      budget,
    } of held) {
      budget.settle(clock.now(), estimate, spent);
      if (spent > 0) spending.onSpent?.({ name, windowMs }, spent);
    }
  };
  let overSoft = false;
  for (const named of budgets) {
    const budget = spending.budget(named);
    const verdict = budget.reserve(clock.now(), estimate, named);
    if (verdict === "reserved") held.push({ named, budget });
    if (verdict === "over-soft") overSoft = true;
    if (verdict === "over-hard") {
      settle(0);
      return refused(named, budget.forgetsWithinMs);
    }
  }
  if (!overSoft) return { type: "reserved", settle };
  settle(0);
  return { type: "over-soft" };
}

function settled(outcome: Outcome, call: Call, options: CostBudgetOptions, settle: (spent: number) => void): Outcome {
  if (outcome.type !== "answer" || !isGenerated(outcome, call)) {
    settle(0);
    return outcome;
  }
  return withUsage(outcome, call, (usage) => settle(options.costOf(call, outcome.origin, usage)));
}

function refused({ name, hard, written = String(hard) }: NamedBudget, retryAfterMs: number): Failure {
  return failure("rejected", "cost-budget", `The budget of ${name} (${written}) is spent.`, {
    code: "rate_limited",
    retryAfterMs,
  });
}
