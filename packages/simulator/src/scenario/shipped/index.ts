import type { Scenario } from "../scenario.ts";
import { busyHour } from "./busy-hour.ts";
import { coldRestart } from "./cold-restart.ts";
import { falseRecovery } from "./false-recovery.ts";
import { flashCrowd } from "./flash-crowd.ts";
import { oneOfTwoDying } from "./one-of-two-dying.ts";
import { priorityInversion } from "./priority-inversion.ts";
import { retryingCrowd } from "./retrying-crowd.ts";
import { slowBrownout } from "./slow-brownout.ts";
import { tenantFlood } from "./tenant-flood.ts";
import { ticketDrain } from "./ticket-drain.ts";
import { trickle } from "./trickle.ts";
import { week } from "./week.ts";

const SCENARIOS: readonly Scenario[] = [
  busyHour,
  flashCrowd,
  slowBrownout,
  falseRecovery,
  oneOfTwoDying,
  retryingCrowd,
  trickle,
  coldRestart,
  priorityInversion,
  tenantFlood,
  ticketDrain,
  week,
];

/** The scenarios that come with the simulator. */
export function listScenarios(): readonly Scenario[] {
  return SCENARIOS;
}

/** The scenario of that name, where there is one. */
export function findScenario(name: string): Scenario | undefined {
  return SCENARIOS.find((scenario) => scenario.name === name);
}
