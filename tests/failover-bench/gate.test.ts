import { describe, expect, test } from "vitest";
import { FAILOVER_BENCH } from "./catalogue.ts";
import { EXPECTED } from "./expected.ts";
import { EXTRAS } from "./extras.ts";
import { judge } from "./judge.ts";
import { runScenario } from "./run-scenario.ts";
import type { Form, Judged, Scenario } from "./scenario.ts";
import type { Departures } from "./tideover-config.ts";
import { openVirtualTideover } from "./virtual-tideover.ts";

const FORMS: readonly Form[] = ["streamed", "unstreamed"];
const ALL = [...FAILOVER_BENCH, ...EXTRAS];

async function judged(scenario: Scenario, form: Form, departures?: Departures): Promise<Judged> {
  await using stand = openVirtualTideover(scenario, departures);
  const measured = await stand.clock.run(runScenario(scenario, form, stand));
  expect(stand.upstreams.map(({ counters }) => counters.inFlight)).toEqual([0, 0]);
  return judge(scenario, measured);
}

test("every scenario has its expected verdict, and no other", () => {
  expect(Object.keys(EXPECTED)).toEqual(ALL.map(({ id }) => id));
});

describe.each(ALL)("$id $title", (scenario) => {
  test.each(FORMS)("%s", async (form) => {
    const { verdict, reason } = await judged(scenario, form);
    expect(verdict, reason).toBe(EXPECTED[scenario.id]?.[form]);
  });
});

describe("the faults do strike: with nothing but the primary, and no second try, hardly a scenario is rescued", () => {
  const alone: Departures = { breaker: "off", route: { ladder: ["primary"], retry: "off", resume: "off" } };
  const SOUND_ANYWAY = ["S05", "S11"];
  const IDEAL_ERROR = ["S13"];

  test.each(FAILOVER_BENCH.filter(({ id }) => ![...SOUND_ANYWAY, ...IDEAL_ERROR].includes(id)))(
    "$id $title",
    async (scenario) => {
      const { verdict } = await judged(scenario, "streamed", alone);
      // An outage that nobody serves is a failure by the bench's rules, everything else is flagged.
      expect(verdict).toBe(scenario.id === "S15" ? "fail" : "safe");
    },
  );
});

test.each<[string, Departures, string]>([
  ["X06", { route: { cache: "off" } }, "partial"],
  ["X07", { route: { ladder: ["primary", "fallback"] } }, "safe"],
])("%s does not pass without what it tests", async (name, departures, verdict) => {
  for (const scenario of ALL.filter(({ id }) => id === name)) {
    expect((await judged(scenario, "unstreamed", departures)).verdict).toBe(verdict);
  }
});

test("S01 and S03 pass in full where the same provider is to be tried first", async () => {
  const same: Departures = { route: { retry: { same: "always", budget: "off" } } };
  for (const scenario of ALL.filter(({ id }) => id === "S01" || id === "S03")) {
    expect((await judged(scenario, "streamed", same)).verdict).toBe("pass");
  }
});

test("S15 with a breaker that stays open for two minutes: it serves, but is back later than the bench allows", async () => {
  for (const scenario of ALL.filter(({ id }) => id === "S15")) {
    const { verdict, reason } = await judged(scenario, "streamed", { breaker: { maxOpen: "2m" } });
    expect([verdict, reason]).toEqual(["fail", "not: back on the primary in time"]);
  }
});
