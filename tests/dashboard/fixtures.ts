import type { Page } from "playwright-core";
import type { ForecastAnswer, ForecastChange, ForecastPoint } from "../../packages/gateway/src/admin/forecast-types.ts";
import type {
  HistoryAnswer,
  HistoryPercentiles,
  RequestHistory,
} from "../../packages/gateway/src/admin/history-types.ts";
import type { ReviewEntryDetail, ReviewList } from "../../packages/gateway/src/admin/review-types.ts";

/**
 * Answers of the admin API that a gateway only gives after a fortnight, or after people did something: for pictures
 * and for looking at pages that are full. What a new gateway can show is shown by a live one.
 */

const HOUR_MS = 3_600_000;
const HOURS = 168;

/** A week of a shop: more by day than by night, less at the weekend, growing. */
function load(at: number): number {
  const hour = at / HOUR_MS;
  const day = Math.floor(hour / 24) % 7;
  const daily = 0.55 + 0.45 * Math.sin(((hour % 24) / 24) * 2 * Math.PI - 2);
  return Math.round(5_200 * daily * (day >= 5 ? 0.6 : 1) + 400 + 130 * Math.sin(hour * 1.7));
}

/** A forecast of the coming week, made at `now`. */
export function forecastAnswer(now: number): ForecastAnswer {
  const hour = Math.floor(now / HOUR_MS) * HOUR_MS;
  const measure = (factor: number) => {
    const observed = Array.from({ length: HOURS }, (_, index) => {
      const at = hour - (HOURS - index) * HOUR_MS;
      return { at, value: load(at) * factor };
    });
    const ahead = Array.from({ length: HOURS }, (_, index): ForecastPoint => {
      const at = hour + index * HOUR_MS;
      const value = load(at) * factor * 1.06;
      return { at, value, low: value * 0.84, high: value * (1.15 + index / 1_500) };
    });
    const peak = ahead.reduce((most, point) => (point.value > most.value ? point : most));
    const backtest = {
      ...({ method: "seasonal-ratio", seasonHours: HOURS, compared: 336 } as const),
      ...{ error: 212 * factor, naiveError: 388 * factor, coverage: 0.91 },
    };
    return { observed, ahead, peak, backtest };
  };
  const requests = measure(1);
  const at = requests.peak.at;
  return {
    madeAt: now,
    hoursOfHistory: 402,
    measures: { requests, tokens: measure(820), concurrency: measure(0.011) },
    limits: [
      { provider: "harbour", concurrency: 60, from: "learned", reachedAt: at, peakUse: 1.08 },
      { provider: "lagoon", concurrency: 200, from: "configured", mayBeReachedAt: at, peakUse: 0.83 },
    ],
    replicas: { needed: 2, callsEach: 40, at },
    cost: { total: { amount: 214.6, currency: "USD" }, peakHour: { amount: 2.94, currency: "USD" } },
    recommendations: [
      {
        id: "warm-cache:product-copy",
        kind: "warm-cache",
        subject: "product-copy",
        reason: {
          en: "A third of the questions of the highest hours were asked the day before: answered ahead at night, they cost half.",
          zh: "高峰时段三分之一的问题前一天已被问过：夜间提前生成可节省一半费用。",
        },
        by: at - 8 * HOUR_MS,
        saves: { amount: 31.2, currency: "USD" },
      },
      {
        id: "raise-limit:lagoon",
        kind: "raise-limit",
        subject: "lagoon",
        reason: {
          en: "The upper end of the band passes its limit; the provider takes more.",
          zh: "预测区间上限超过其并发上限，而服务商可承受更多。",
        },
        by: at,
        change: { path: "providers.lagoon.limit.max", from: 200, to: 260 },
      },
    ],
  };
}

/** What following the advice to raise a limit would change. */
const FORECAST_CHANGE: ForecastChange = {
  id: "raise-limit:lagoon",
  file: "/etc/tideover/tideover.yaml",
  changes: [{ section: "provider", name: "lagoon", setting: "limit.max", before: "200", after: "260" }],
  snippet: "providers:\n  lagoon:\n    limit:\n      max: 260\n",
  digest: "0f9d",
};

/** An inbox with two answers that wait. */
export function reviewList(now: number): ReviewList {
  return {
    entries: [
      reviewEntry(now),
      { ...reviewEntry(now - 400_000), id: "rev_2", question: "Describe a lighthouse lamp.", given: 1 },
    ],
    counts: { waiting: 2, approved: 14, edited: 5, regenerated: 3, dismissed: 1, superseded: 8 },
    dropped: 0,
  };
}

/** One answer that waits, in full. */
export function reviewEntry(now: number): ReviewEntryDetail {
  const original = "A fine product: a teapot. More about it soon.";
  return {
    ...{ id: "rev_1", state: "waiting", tenant: "shop", route: "product-copy", model: "deepseek-flash" },
    ...{ rung: "template", question: "Describe a teapot.", answer: original, original, given: 12 },
    ...{ firstGivenAt: now - 3_000_000, lastGivenAt: now - 42_000, tickets: ["job_01JH8Z"] },
    request: { model: "deepseek-flash", messages: [{ role: "user", content: "Describe a teapot." }] },
    events: [{ at: now - 3_000_000, by: "tideover", action: "received", text: original }],
  };
}

/** What a range of history looks like: a calm day with a brownout at its middle. */
export function historyAnswer(from: number, to: number, points: number): HistoryAnswer {
  const stepMs = (to - from) / points;
  const at = Array.from({ length: points }, (_, index) => Math.round(from + index * stepMs));
  const trouble = (index: number) => Math.max(0, 1 - Math.abs(index / points - 0.55) / 0.06);
  const requests = at.map((moment) => Math.round((load(moment) * stepMs) / HOUR_MS));
  const share = (part: (index: number) => number) => requests.map((count, index) => Math.round(count * part(index)));
  const failed = share((index) => 0.04 * trouble(index));
  const degraded = share((index) => 0.5 * trouble(index));
  const alternate = share((index) => 0.05 + 0.35 * trouble(index));
  const cache = share(() => 0.22);
  const none = requests.map(() => 0);
  const times = (base: number): HistoryPercentiles => ({
    p50: at.map((_, index) => base * (1 + 3 * trouble(index) + 0.1 * Math.sin(index))),
    p90: at.map((_, index) => base * (2.4 + 7 * trouble(index) + 0.4 * Math.sin(index * 1.3))),
    p99: at.map((_, index) => base * (4 + 12 * trouble(index))),
  });
  const left = (index: number, ...parts: readonly (readonly number[])[]) =>
    Math.max(0, (requests[index] ?? 0) - parts.reduce((sum, part) => sum + (part[index] ?? 0), 0));
  const overall: RequestHistory = {
    ...{ requests, degraded, failed, accepted: none, shed: none, byCaller: none },
    answered: requests.map((_, index) => left(index, degraded, failed)),
    rungs: {
      live: requests.map((_, index) => left(index, degraded, failed, alternate, cache)),
      ...{ alternate, cache, template: degraded },
    },
    ...{ firstTokenMs: times(900), totalMs: times(3_000) },
  };
  const provider = (base: number) => ({
    ...{ attempts: requests, answered: requests, overloaded: failed, faults: none, others: none },
    ...{ promptTokens: requests, completionTokens: requests, cost: none, firstTokenMs: times(base) },
  });
  return {
    ...{ from, to, stepMs, resolution: "1m", at, overall },
    routes: { "product-copy": overall },
    providers: { harbour: provider(1_100), lagoon: provider(700) },
  };
}

/** Makes a page see these answers in place of the gateway's own. */
export async function withFixtures(page: Page): Promise<void> {
  const now = Date.now();
  await page.route("**/admin/api/forecast*", (route) => route.fulfill({ json: forecastAnswer(now) }));
  await page.route("**/admin/api/forecast/change?*", (route) => route.fulfill({ json: FORECAST_CHANGE }));
  await page.route("**/admin/api/review?*", (route) => route.fulfill({ json: reviewList(now) }));
  await page.route("**/admin/api/review/*", (route) => route.fulfill({ json: reviewEntry(now) }));
  await page.route("**/admin/api/history*", (route) => {
    const query = new URL(route.request().url()).searchParams;
    const points = Math.min(300, Number(query.get("points")));
    return route.fulfill({ json: historyAnswer(Number(query.get("from")), Number(query.get("to")), points) });
  });
}
