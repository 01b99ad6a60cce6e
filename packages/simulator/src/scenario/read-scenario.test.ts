import { describe, expect, test } from "vitest";
import { readScenario } from "./read-scenario.ts";
import { runScenario } from "./run-scenario.ts";

const least = {
  duration: "30s",
  providers: { deepseek: {} },
  config: { routes: [{ model: "*", ladder: ["deepseek"] }] },
};
function issues(change: object): string[] {
  const read = readScenario({ ...least, ...change });
  return "issues" in read ? read.issues.map(({ path, message }) => `${path}: ${message}`) : [];
}

describe("a written scenario", () => {
  test("needs providers, a configuration and a duration; the rest has defaults, and it runs", async () => {
    const scenario = readScenario(least);
    if ("issues" in scenario) throw new Error(JSON.stringify(scenario.issues));
    expect(scenario).toMatchObject({ seed: 1, durationMs: 30_000, arrivals: { rate: 5.53, gapVariation: 1.1 } });
    expect((await runScenario(scenario)).calls.length).toBeGreaterThan(50);
  });

  test("says everything that can be said", () => {
    const scenario = readScenario({
      ...least,
      name: "all",
      seed: 4,
      trouble: { from: "5s", to: "10s" },
      providers: {
        deepseek: {
          profile: "peak",
          slots: 5,
          continuation: "none",
          schedule: [
            { at: "5s", profile: "outage", dead: true },
            { at: "10s", profile: "calm", ttft: "1s", faults: [{ fault: "cut", share: 0.1, withinTokens: 20 }] },
          ],
        },
      },
      arrivals: { rate: 2, gapVariation: 1, diurnalFromHour: 9, spikes: [{ from: "1s", to: "2s", times: 3 }] },
      restarts: ["12s"],
      config: { ...least.config, server: { keys: [{ name: "shop", rate: { requests: "60/m" } }] } },
      callers: {
        tenants: [{ name: "shop", weight: 1, flood: { from: "1s", to: "2s", times: 9 } }],
        questions: 50,
        streamed: 0.5,
        deadline: "20s",
        patience: "9s",
        retries: 2,
        population: { users: 3, think: "2s" },
      },
    });
    expect(scenario).toMatchObject({
      restarts: [12_000],
      config: { keys: [{ name: "shop", rate: { requests: "60/m" } }] },
      trouble: { fromMs: 5_000, toMs: 10_000 },
      providers: {
        deepseek: {
          start: { profile: "peak", slots: 5 },
          schedule: [
            { atMs: 5_000, profile: "outage", dead: true },
            { atMs: 10_000, ttftMs: 1_000, faults: [{ fault: "cut", share: 0.1, withinTokens: 20 }] },
          ],
        },
      },
      arrivals: { diurnalFromHour: 9, spikes: [{ fromMs: 1_000, toMs: 2_000, times: 3 }] },
      callers: {
        tenants: [{ name: "shop", weight: 1, flood: { fromMs: 1_000, toMs: 2_000, times: 9 } }],
        questions: 50,
        deadlineMs: 20_000,
        patienceMs: 9_000,
        population: { users: 3, thinkMs: 2_000 },
      },
    });
  });

  test.each([
    [{ duration: 30 }, "duration: must be a duration"],
    [{ duration: "30" }, "duration: "],
    [{ providers: {} }, "providers: must name at least one"],
    [{ providrs: {} }, "providrs: is not known here; known are name,"],
    [{ providers: { deepseek: { profile: "bad" } } }, "providers.deepseek.profile: must be one of calm, peak"],
    [{ providers: { deepseek: { slots: 0 } } }, "providers.deepseek.slots: must be a number from 1"],
    [
      { providers: { deepseek: { faults: [{ fault: "no-such", share: 0.1 }] } } },
      "providers.deepseek.faults[0].fault: names no known fault",
    ],
    [
      { providers: { deepseek: { schedule: [{ at: "9s" }, { at: "8s" }] } } },
      "providers.deepseek.schedule[1].at: is before",
    ],
    [{ trouble: { from: "9s", to: "8s" } }, "trouble: must end after it begins"],
    [{ config: { routes: [] } }, "config.routes: must list at least one"],
    [{ config: { ...least.config, providers: { ark: {} } } }, "config.providers.ark: is no provider of this scenario"],
    [{ callers: { streamed: 2 } }, "callers.streamed: must be a number from 0 to 1, found 2"],
    [{ arrivals: [] }, "arrivals: must be an object"],
  ])("that is wrong is refused with its place: %j", (change, wanted) => {
    expect(issues(change).some((issue) => issue.startsWith(wanted))).toBe(true);
  });

  test("is told everything that is wrong at once", () => {
    expect(issues({ duration: 1, seed: -1, callers: { streamed: 2, other: 1 } })).toHaveLength(4);
  });

  test("with a configuration that cannot be used says which, when it runs", async () => {
    const scenario = readScenario({ ...least, config: { routes: [{ model: "*", ladder: ["ark"] }] } });
    if ("issues" in scenario) throw new Error("refused too early");
    await expect(runScenario(scenario)).rejects.toThrow(/routes\[0\]\.ladder\[0\]/);
  });
});
