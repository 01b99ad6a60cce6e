import type { Scenario } from "../scenario.ts";
import { busyHour } from "./busy-hour.ts";
import { falseRecovery } from "./false-recovery.ts";
import { flashCrowd } from "./flash-crowd.ts";
import { oneOfTwoDying } from "./one-of-two-dying.ts";
import { retryingCrowd } from "./retrying-crowd.ts";
import { slowBrownout } from "./slow-brownout.ts";
import { trickle } from "./trickle.ts";

const SCENARIOS: readonly Scenario[] = [
  busyHour,
  flashCrowd,
  slowBrownout,
  falseRecovery,
  oneOfTwoDying,
  retryingCrowd,
  trickle,
];

/** The scenarios that come with the simulator. */
export function listScenarios(): readonly Scenario[] {
  return SCENARIOS;
}

/** The scenario of that name, where there is one. */
export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
