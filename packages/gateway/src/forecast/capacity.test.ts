import { describe, expect, test } from "vitest";
import type { ProviderFacts } from "./capacity.ts";
import { exportForecast } from "./export-forecast.ts";
import type { LoadHour } from "./hourly-load.ts";
import { makeForecast } from "./make-forecast.ts";

const HOUR_MS = 3_600_000;
/** A Monday. */
const START = Date.UTC(2026, 0, 5);

/** Three weeks of a quiet night (10 calls at once) and a busy noon (100), growing by a tenth a week. */
function load(scale = 1): LoadHour[] {
  return Array.from({ length: 3 * 168 }, (_, hour) => {
    const ofDay = hour % 24;
    const concurrency = scale * (ofDay >= 10 && ofDay < 14 ? 100 : 10) * 1.1 ** Math.floor(hour / 168);
    const requests = concurrency * 360;
    const tokens = requests * 1_000;
    // Twice the price from 10 to 14 o'clock.
    const cost = (tokens / 1e6) * (ofDay >= 10 && ofDay < 14 ? 2 : 1);
    return {
      at: START + hour * HOUR_MS,
      outage: false,
      requests,
      cached: requests / 5,
      tokens,
      concurrency,
      burst: 1.5,
      routes: new Map([["copy", requests]]),
      providers: new Map([["deepseek", { tokens, cost, limit: 120 }]]),
    };
  });
}

const DEEPSEEK: ProviderFacts = {
  name: "deepseek",
  limit: undefined,
  limitSetting: "max",
  isLimited: true,
  isDear: (at) => new Date(at).getUTCHours() >= 10 && new Date(at).getUTCHours() < 14,
  hasCheapHours: true,
};
const END = START + 3 * 168 * HOUR_MS;
const noPause = () => Promise.resolve();
const forecast = (hours: LoadHour[], provider = DEEPSEEK) =>
  makeForecast(hours, 168, { providers: [provider], firstProvider: new Map([["copy", "deepseek"]]) }, END, noPause);

describe("what is coming, against what there is", () => {
  test("a limit that is learned: when it is reached, bursts included, and what to do", async () => {
    const { limits, recommendations } = await forecast(load());
    // 133 calls at once in the busiest hour of the week ahead, in bursts half as many again, of 120.
    expect(limits).toMatchObject([
      { provider: "deepseek", concurrency: 120, from: "learned", reachedAt: END + 10 * HOUR_MS },
    ]);
    expect(limits[0]?.peakUse).toBeCloseTo((133.1 * 1.5) / 120, 1);
    expect(recommendations.map(({ kind }) => kind)).toEqual([
      "raise-limit",
      "add-provider",
      "warm-cache",
      "shift-off-peak",
    ]);
    // The provider itself takes no more: there is no setting to change.
    expect(recommendations[0]).not.toHaveProperty("change");
    const configured = await forecast(load(), { ...DEEPSEEK, limit: 120 });
    expect(configured.recommendations[0]).toMatchObject({
      id: "raise-limit:deepseek",
      change: { path: "providers.deepseek.limit.max", from: 120, to: 240 },
    });
    for (const { reason } of recommendations) expect(reason.en.length * reason.zh.length).toBeGreaterThan(0);
  });

  test("a limit that suffices asks for nothing; where calls are not limited there is none", async () => {
    const enough = await forecast(load(), { ...DEEPSEEK, limit: 500 });
    expect(enough.limits).toMatchObject([{ concurrency: 500, from: "configured" }]);
    expect(enough.limits[0]).not.toHaveProperty("reachedAt");
    expect(enough.recommendations.map(({ kind }) => kind)).toEqual(["shift-off-peak"]);
    expect((await forecast(load(), { ...DEEPSEEK, isLimited: false })).limits).toEqual([]);
  });

  test("money by the hour's price, and what waiting for the cheap hours saves", async () => {
    const { cost, recommendations, measures } = await forecast(load());
    const dear =
      measures.tokens?.ahead.filter(({ at }) => DEEPSEEK.isDear(at)).reduce((sum, { value }) => sum + value, 0) ?? 0;
    const all = measures.tokens?.ahead.reduce((sum, { value }) => sum + value, 0) ?? 0;
    expect(cost?.total.amount).toBeCloseTo((all + dear) / 1e6, 3);
    const shift = recommendations.find(({ kind }) => kind === "shift-off-peak");
    expect(shift?.saves?.amount).toBeCloseTo((0.2 * dear) / 1e6, 3);
  });

  test("many calls at once need several processes, as autoscalers are told", async () => {
    const made = await forecast(load(20));
    expect(made.replicas).toMatchObject({ needed: 4, callsEach: 1_000 });
    expect(made.recommendations.at(-1)?.kind).toBe("add-replicas");
    const target = { deployment: "tideover", namespace: "shop" };
    const keda = exportForecast(made, "keda", target);
    expect(keda).toContain("maxReplicaCount: 4");
    expect(keda).toContain('start: "0 10 * * 1", end: "0 14 * * 1", desiredReplicas: "4"');
    const cron = exportForecast(made, "cron", target).split("\n");
    expect(cron.slice(0, 3)).toEqual([
      "CRON_TZ=UTC",
      "0 0 * * 1 kubectl --namespace shop scale deployment/tideover --replicas=1",
      "0 10 * * 1 kubectl --namespace shop scale deployment/tideover --replicas=4",
    ]);
  });

  test("too little history says so, in both languages", async () => {
    const { missing, limits, recommendations } = await forecast(load().slice(0, 20));
    expect(missing?.en).toBe("A forecast needs 48 hours of history; there are 20.");
    expect(missing?.zh).toContain("48");
    expect([limits, recommendations]).toEqual([[], []]);
  });
});
