import type { Clock } from "tideover/engine";
import { SystemClock } from "./system-clock.ts";

export { platformIds as systemIds, platformRandom as systemRandom } from "tideover/runtime";

/** The clock of this process. */
export const systemClock: Clock = new SystemClock();
