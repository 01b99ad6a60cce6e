import type { ProviderDefinition } from "../providers/index.ts";
import { modelFacts } from "../providers/index.ts";
import type { Finding } from "./finding.ts";
import type { ConfigPath } from "./path.ts";
import type { ResolvedBudget, ResolvedSpend } from "./resolved-budget.ts";
import type { ResolvedConfig } from "./resolved-config.ts";
import type { WrittenBudget, WrittenConfig } from "./schema/config-schema.ts";
import { formatSpend, type Spend } from "./spend.ts";

/** What one US dollar, in which prices are known, is in other currencies. */
export type Currencies = Readonly<Record<string, number>>;

/** A budget in US dollars; its currencies are known ({@link checkBudgets}). */
export function resolveBudget({ soft, hard }: WrittenBudget, currencies: Currencies): ResolvedBudget {
  const inDollars = (spend: Spend): ResolvedSpend => ({ ...spend, dollars: toDollars(spend, currencies) });
  return {
    ...(soft === undefined ? {} : { soft: inDollars(soft) }),
    ...(hard === undefined ? {} : { hard: inDollars(hard) }),
  };
}

function toDollars({ amount, currency }: Spend, currencies: Currencies): number {
  return currency === "USD" ? amount : amount / (currencies[currency] ?? Number.NaN);
}

/** Errors of all budgets: nothing set, a currency without a rate, a soft limit that is not below the hard one. */
export function checkBudgets({ server = {}, routes, currencies = {} }: WrittenConfig): Finding[] {
  const findings: Finding[] = [];
  if (currencies.USD !== undefined) {
    findings.push({ path: ["currencies", "USD"], message: "is what the others are measured in; leave it out" });
  }
  const placed = [
    ...(server.keys ?? []).map(({ budget }, index) => ({ budget, path: ["server", "keys", index, "budget"] })),
    ...routes.map(({ budget }, index) => ({ budget, path: ["routes", index, "budget"] })),
  ];
  for (const { budget, path } of placed) if (budget !== undefined) findings.push(...problems(budget, path, currencies));
  return findings;
}

function problems({ soft, hard }: WrittenBudget, path: ConfigPath, currencies: Currencies): Finding[] {
  if (soft === undefined && hard === undefined) return [{ path, message: "must say soft, hard, or both" }];
  const unknown = Object.entries({ soft, hard }).flatMap(([setting, spend]) => {
    if (spend === undefined || spend.currency === "USD" || currencies[spend.currency] !== undefined) return [];
    const { currency } = spend;
    const message = `is in ${currency}, and prices are in US dollars; say what a dollar is (currencies: { ${currency}: … }), or write it in USD`;
    return [{ path: [...path, setting], message }];
  });
  if (unknown.length > 0 || soft === undefined || hard === undefined || soft.perMs !== hard.perMs) return unknown;
  if (toDollars(soft, currencies) < toDollars(hard, currencies)) return [];
  return [{ path: [...path, "soft"], message: `must be below hard, which is ${formatSpend(hard)}` }];
}

/** What budgets cannot count, and where a soft limit changes nothing. */
export function budgetWarnings(config: ResolvedConfig): Finding[] {
  const everyRoute = config.server.keys.some(({ budget }) => budget !== undefined);
  const counted = config.routes.filter(({ budget }) => everyRoute || budget !== undefined);
  const names = new Set(counted.flatMap(({ ladder }) => ladder.flatMap((rung) => nameOf(rung))));
  const unpriced = [...names].filter((name) => hasNoPrices(config.providers[name]?.definition));
  return [
    ...unpriced.map((name) => ({
      path: ["providers", name],
      message: "has no known prices, so that budgets do not count what it costs; set its prices",
    })),
    ...config.routes.flatMap(({ budget, ladder }, index) => {
      const costs = ladder.every((rung) => nameOf(rung).some((name) => !isFree(config.providers[name]?.definition)));
      if (budget?.soft === undefined || !costs) return [];
      const message =
        "changes nothing, because everything on the ladder costs money; add a rung that does not, or a hard limit";
      return budget.hard === undefined ? [{ path: ["routes", index, "budget", "soft"], message }] : [];
    }),
  ];
}

function nameOf(rung: ResolvedConfig["routes"][number]["ladder"][number]): string[] {
  return rung.kind === "provider" ? [rung.provider] : [];
}

function isFree(definition: ProviderDefinition | undefined): boolean {
  return definition?.preset.local === true && Object.keys(definition.prices).length === 0;
}

function hasNoPrices(definition: ProviderDefinition | undefined): boolean {
  if (definition === undefined || definition.preset.local) return false;
  if (Object.keys(definition.prices).length > 0) return false;
  const mapped = Object.values(definition.models).some((model) => modelFacts(definition, model)?.prices !== undefined);
  return !mapped && !definition.preset.models.some(({ prices }) => prices !== undefined);
}
