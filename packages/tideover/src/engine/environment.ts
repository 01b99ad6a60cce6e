import type { Clock } from "./clock.ts";
import type { Emit } from "./engine-event.ts";
import type { Random } from "./random.ts";

/** What every layer may need from outside; injected once, when the stack is built. */
export interface EngineEnvironment {
  readonly clock: Clock;
  readonly random: Random;
  readonly emit?: Emit;
}
