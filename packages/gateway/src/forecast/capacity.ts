import type { Cost, ForecastPoint, LimitForecast, MeasureForecast, Recommendation } from "../admin/forecast-types.ts";
import { medianOf } from "./clean-series.ts";
import { CALLS_EACH, LEAST_DEARER, RECENT_HOURS, SHIFTABLE } from "./defaults.ts";
import type { LoadHour } from "./hourly-load.ts";

/** What is known of a provider, from the configuration. */
export interface ProviderFacts {
  readonly name: string;
  /** Calls at once that it may have; undefined where that is learned, or not limited. */
  readonly limit: number | undefined;
  /** The setting that says it. */
  readonly limitSetting: "max" | "concurrency";
  readonly isLimited: boolean;
  /** Whether it costs more at a moment than at others. */
  isDear(at: number): boolean;
  readonly hasCheapHours: boolean;
}

/** What capacity is reckoned from. */
export interface CapacityFacts {
  readonly load: readonly (LoadHour | undefined)[];
  readonly concurrency: MeasureForecast;
  readonly tokens: MeasureForecast;
  readonly providers: readonly ProviderFacts[];
  /** The first provider of each route's ladder: whom its requests ask before all others. */
  readonly firstProvider: ReadonlyMap<string, string>;
}

/** What the hours ahead ask for. */
export interface Capacity {
  readonly limits: readonly LimitForecast[];
  readonly replicas: { readonly needed: number; readonly callsEach: number; readonly at: number };
  readonly cost: { readonly total: Cost; readonly peakHour: Cost } | undefined;
  readonly recommendations: readonly Recommendation[];
}

/** Compares a forecast with limits and prices. Pure. */
export function reckon(facts: CapacityFacts): Capacity {
  const recent = facts.load.slice(-RECENT_HOURS).flatMap((hour) => (hour === undefined || hour.outage ? [] : [hour]));
  const burst = medianOf(recent.map((hour) => hour.burst)) || 1;
  const shares = sharesOf(recent, facts.firstProvider);
  const limits = facts.providers.flatMap((provider) =>
    limitOf(provider, facts, recent, (shares.get(provider.name) ?? 0) * burst),
  );
  const highest = highestOf(facts.concurrency.ahead, ({ high }) => high);
  const needed = Math.max(1, Math.ceil((highest.high * burst) / CALLS_EACH));
  const prices = pricesOf(recent, facts.providers);
  return {
    limits,
    replicas: { needed, callsEach: CALLS_EACH, at: highest.at },
    cost: prices && costOf(facts.tokens.ahead, prices),
    recommendations: [
      ...limits.flatMap((limit) => {
        const setting = facts.providers.find(({ name }) => name === limit.provider)?.limitSetting ?? "max";
        return aboutLimit(limit, setting, recent);
      }),
      ...(prices === undefined ? [] : aboutDearHours(facts.tokens.ahead, prices)),
      ...(needed > 1 ? [aboutReplicas(needed, highest.at)] : []),
    ],
  };
}

/** Which share of all requests asks each provider first. */
function sharesOf(recent: readonly LoadHour[], firstProvider: ReadonlyMap<string, string>): Map<string, number> {
  const sums = new Map<string, number>();
  let all = 0;
  for (const { routes } of recent) {
    for (const [route, requests] of routes) {
      const provider = firstProvider.get(route);
      if (provider === undefined) continue;
      sums.set(provider, (sums.get(provider) ?? 0) + requests);
      all += requests;
    }
  }
  return new Map([...sums].map(([name, requests]) => [name, all > 0 ? requests / all : 0]));
}

/** @param part of the whole concurrency that is this provider's, bursts included */
function limitOf(
  provider: ProviderFacts,
  { concurrency }: CapacityFacts,
  recent: readonly LoadHour[],
  part: number,
): LimitForecast[] {
  const { name, limit: configured, isLimited } = provider;
  if (!isLimited || part === 0) return [];
  const learned = Math.max(0, ...recent.map(({ providers }) => providers.get(name)?.limit ?? 0));
  const limit = configured ?? learned;
  if (limit <= 0) return [];
  const reached = concurrency.ahead.find(({ value }) => value * part > limit);
  const mayBe = concurrency.ahead.find(({ high }) => high * part > limit);
  return [
    {
      provider: name,
      concurrency: limit,
      from: configured === undefined ? "learned" : "configured",
      peakUse: (concurrency.peak.value * part) / limit,
      ...(reached === undefined ? {} : { reachedAt: reached.at }),
      ...(mayBe === undefined ? {} : { mayBeReachedAt: mayBe.at }),
    },
  ];
}

/** US dollars a token of offered load, in dear hours and in the others. */
interface TokenPrices {
  readonly dear: number;
  readonly usual: number;
  /** The provider whose hours these are; undefined where all cost the same. */
  readonly dearProvider: ProviderFacts | undefined;
}

function pricesOf(recent: readonly LoadHour[], providers: readonly ProviderFacts[]): TokenPrices | undefined {
  const costs = (hour: LoadHour) => [...hour.providers.values()].reduce((sum, { cost = 0 }) => sum + cost, 0);
  const spent = providers.map((provider) => ({
    provider,
    cost: recent.reduce((sum, hour) => sum + (hour.providers.get(provider.name)?.cost ?? 0), 0),
  }));
  const dearest = spent
    .filter(({ provider, cost }) => provider.hasCheapHours && cost > 0)
    .toSorted((a, b) => b.cost - a.cost)[0]?.provider;
  const rate = (hours: readonly LoadHour[]) => {
    const tokens = hours.reduce((sum, hour) => sum + hour.tokens, 0);
    return tokens > 0 ? hours.reduce((sum, hour) => sum + costs(hour), 0) / tokens : undefined;
  };
  const all = rate(recent);
  if (all === undefined || all === 0) return undefined;
  const dear = dearest && rate(recent.filter(({ at }) => dearest.isDear(at)));
  const usual = dearest && rate(recent.filter(({ at }) => !dearest.isDear(at)));
  if (dear === undefined || usual === undefined) return { dear: all, usual: all, dearProvider: undefined };
  return { dear, usual, dearProvider: dearest };
}

function costAt(point: ForecastPoint, { dear, usual, dearProvider }: TokenPrices): number {
  return point.value * (dearProvider?.isDear(point.at) === true ? dear : usual);
}

function costOf(ahead: readonly ForecastPoint[], prices: TokenPrices): Capacity["cost"] {
  const costs = ahead.map((point) => costAt(point, prices));
  return { total: dollars(costs.reduce((sum, cost) => sum + cost, 0)), peakHour: dollars(Math.max(0, ...costs)) };
}

function aboutLimit(limit: LimitForecast, setting: string, recent: readonly LoadHour[]): Recommendation[] {
  const { provider, concurrency, from, reachedAt, mayBeReachedAt, peakUse } = limit;
  const by = reachedAt ?? mayBeReachedAt;
  if (by === undefined) return [];
  const percent = Math.round(peakUse * 100);
  const wanted = Math.ceil(concurrency * Math.max(1, peakUse) * 1.2);
  const raise: Recommendation = {
    id: `raise-limit:${provider}`,
    kind: "raise-limit",
    subject: provider,
    reason: {
      en: `The highest hour ahead takes ${percent}% of the ${concurrency} calls at once that ${provider} takes. If its account allows more, raise the limit.`,
      zh: `未来最忙的一小时将占用 ${provider} 并发上限（${concurrency}）的 ${percent}%。如果账户允许更高并发，请提高上限。`,
    },
    by,
    // What is learned is no setting: the provider itself takes no more.
    ...(from === "learned"
      ? {}
      : { change: { path: `providers.${provider}.limit.${setting}`, from: concurrency, to: wanted } }),
  };
  const add: Recommendation = {
    id: `add-provider:${provider}`,
    kind: "add-provider",
    subject: provider,
    reason: {
      en: `A second provider below ${provider} on the ladder takes what passes its limit.`,
      zh: `在阶梯上 ${provider} 之后增加一个服务商，可承接超出上限的请求。`,
    },
    by,
  };
  const requests = recent.reduce((sum, hour) => sum + hour.requests, 0);
  const cached = recent.reduce((sum, hour) => sum + hour.cached, 0);
  const share = requests > 0 ? cached / requests : 0;
  if (share < 0.05) return [raise, add];
  const shown = Math.round(share * 100);
  const warm: Recommendation = {
    id: `warm-cache:${provider}`,
    kind: "warm-cache",
    subject: provider,
    reason: {
      en: `${shown}% of the requests were answered from copies. Warming the frequent ones before the peak keeps as many from ${provider} in its first minutes, when copies are old.`,
      zh: `${shown}% 的请求由缓存回答。在高峰前预热常见请求，可在高峰初期为 ${provider} 减少相应的负载。`,
    },
    by,
  };
  return [raise, add, warm];
}

function aboutDearHours(ahead: readonly ForecastPoint[], prices: TokenPrices): Recommendation[] {
  const { dear, usual, dearProvider } = prices;
  if (dearProvider === undefined || dear < usual * (1 + LEAST_DEARER)) return [];
  const inDear = ahead.filter(({ at }) => dearProvider.isDear(at));
  const tokens = inDear.reduce((sum, { value }) => sum + value, 0);
  const saved = tokens * SHIFTABLE * (dear - usual);
  const [first] = inDear;
  if (saved <= 0 || first === undefined) return [];
  const percent = Math.round(SHIFTABLE * 100);
  return [
    {
      id: `shift-off-peak:${dearProvider.name}`,
      kind: "shift-off-peak",
      subject: dearProvider.name,
      reason: {
        en: `${dearProvider.name} costs ${Math.round((dear / usual - 1) * 100)}% more a token in its peak hours. Reckoned with ${percent}% of that traffic waiting for cheaper ones as tickets.`,
        zh: `${dearProvider.name} 高峰时段每个 token 贵 ${Math.round((dear / usual - 1) * 100)}%。按其中 ${percent}% 的流量以任务形式延后到低价时段估算。`,
      },
      by: first.at,
      saves: dollars(saved),
      change: { path: "routes[].ladder[].ticket.offPeak", from: false, to: true },
    },
  ];
}

function aboutReplicas(needed: number, at: number): Recommendation {
  return {
    id: "add-replicas:gateway",
    kind: "add-replicas",
    subject: "gateway",
    reason: {
      en: `The highest hour ahead needs ${needed} gateway processes of ${CALLS_EACH} calls at once each.`,
      zh: `未来最忙的一小时需要 ${needed} 个网关进程，每个承担 ${CALLS_EACH} 个并发请求。`,
    },
    by: at,
  };
}

function highestOf(points: readonly ForecastPoint[], of: (point: ForecastPoint) => number): ForecastPoint {
  const none = { at: 0, value: 0, low: 0, high: 0 };
  return points.reduce((best, point) => (of(point) > of(best) ? point : best), points[0] ?? none);
}

function dollars(amount: number): Cost {
  return { amount, currency: "USD" };
}
