import type { ResolvedBudget } from "../config/resolved-budget.ts";
import type { ResolvedConfig, ResolvedRoute } from "../config/resolved-config.ts";
import { formatSpend } from "../config/spend.ts";
import { promptTokens } from "../engine/estimate-tokens.ts";
import {
  type Call,
  type CostBudgetOptions,
  costBudget,
  type EngineEnvironment,
  estimateTokens,
  type Layer,
  type NamedBudget,
  type Spending,
} from "../engine/index.ts";
import { costOf, type ProviderDefinition, ratesFor, upstreamModel } from "../providers/index.ts";
import type { ProviderState } from "./provider-state.ts";

/** What budgets are made from. */
export interface SpendingParts {
  readonly environment: EngineEnvironment;
  readonly providers: ReadonlyMap<string, ProviderState>;
  /** What has been spent so far; it survives a reload. */
  readonly spending: Spending;
  /** The budgets of callers' keys, by the key's name. */
  readonly keyBudgets: ReadonlyMap<string, readonly NamedBudget[]>;
}

/** Keeps a route's calls within its budget and their keys'; undefined where nobody has one. */
export function budgetLayer(route: ResolvedRoute, parts: SpendingParts): Layer | undefined {
  const { environment, spending, keyBudgets } = parts;
  const routeBudgets = namedBudgets(`route ${route.name}`, route.budget);
  if (routeBudgets.length === 0 && keyBudgets.size === 0) return undefined;
  const options: CostBudgetOptions = {
    spending,
    budgetsOf: ({ keyName }) => [...(keyBudgets.get(keyName ?? "") ?? []), ...routeBudgets],
    estimateCost: (call) => estimateOf(route, call, parts),
    costOf: ({ request }, { provider, model }, usage) => {
      const definition = parts.providers.get(provider ?? "")?.definition;
      if (definition === undefined) return 0;
      const named = model ?? upstreamModel(definition, request.model);
      return costOf(ratesFor(definition, named, environment.clock.wallTime()) ?? NOTHING, usage);
    },
  };
  return costBudget(options, environment);
}

/** The budgets of all keys that have one. */
export function keyBudgets({ server }: ResolvedConfig): ReadonlyMap<string, readonly NamedBudget[]> {
  const all = server.keys.map(({ name, budget }) => [name, namedBudgets(`key ${name}`, budget)] as const);
  return new Map(all.filter(([, budgets]) => budgets.length > 0));
}

/**
 * How much of each budget is used: spent in its window and reserved, as a share of its hard limit, or of its soft one
 * where that is all it has.
 */
export function budgetUse(
  config: ResolvedConfig,
  spending: Spending,
  nowMs: number,
): readonly { readonly name: string; readonly used: number }[] {
  const all = [
    ...config.routes.flatMap(({ name, budget }) => namedBudgets(`route ${name}`, budget)),
    ...[...keyBudgets(config).values()].flat(),
  ];
  return all.map((budget) => {
    const most = budget.hard ?? budget.soft ?? 0;
    return { name: budget.name, used: most > 0 ? spending.budget(budget).committed(nowMs) / most : 0 };
  });
}

/** Whether an answer of a provider costs money; a price that nobody knows is taken to be one. */
export function spends(definition: ProviderDefinition, { request }: Call, wallTimeMs: number): boolean {
  const rates = ratesFor(definition, upstreamModel(definition, request.model), wallTimeMs);
  return rates === undefined || rates.input > 0 || rates.output > 0 || rates.cacheHit > 0;
}

/** What costs nothing, or what nobody knows the price of: it cannot be counted, and `check` has warned of it. */
const NOTHING = { cacheHit: 0, input: 0, output: 0 };

/** One budget where both limits look back equally far, else one for each. */
function namedBudgets(name: string, budget: ResolvedBudget | undefined): NamedBudget[] {
  if (budget === undefined) return [];
  const { soft, hard } = budget;
  const written = hard === undefined ? {} : { hard: hard.dollars, written: formatSpend(hard) };
  if (soft === undefined) return hard === undefined ? [] : [{ name, ...written, windowMs: hard.perMs }];
  if (hard === undefined || hard.perMs === soft.perMs) {
    return [{ name, soft: soft.dollars, ...written, windowMs: soft.perMs }];
  }
  return [
    { name, soft: soft.dollars, windowMs: soft.perMs },
    { name, ...written, windowMs: hard.perMs },
  ];
}

/** What a call will cost at the first provider of its route, in US dollars. */
function estimateOf(route: ResolvedRoute, { request }: Call, { environment, providers }: SpendingParts): number {
  const first = route.ladder.find((rung) => rung.kind === "provider");
  const definition = providers.get(first?.provider ?? "")?.definition;
  if (definition === undefined) return 0;
  const rates = ratesFor(definition, upstreamModel(definition, request.model), environment.clock.wallTime());
  const prompt = promptTokens(request);
  const completionTokens = estimateTokens(request) - prompt;
  return rates === undefined ? 0 : costOf(rates, { promptTokens: prompt, completionTokens });
}
