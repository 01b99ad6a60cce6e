import type { ResolvedConfig } from "tideover/config";
import type { Clock, Random } from "tideover/engine";
import { nextOffPeak } from "tideover/runtime";
import type { Log } from "../logging/index.ts";
import type { WarmTarget } from "./warm-target.ts";

/** What {@link ScheduledWarming} needs of the process. */
export interface ScheduledWarmingParts {
  /** The configuration file's folder. */
  readonly folder: string;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  targetFor(tenant: string | undefined): WarmTarget;
}

/** The `warm` section come alive; another configuration takes its place on reload. */
export class ScheduledWarming {
  readonly #parts: ScheduledWarmingParts;
  #stop: () => void = () => undefined;

  constructor(parts: ScheduledWarmingParts) {
    this.#parts = parts;
  }

  /** Puts a configuration in force. @throws ScheduleError (as a rejection) for a schedule that cannot be */
  async use({ warm = [], providers }: Pick<ResolvedConfig, "warm" | "providers">): Promise<void> {
    this.stop();
    if (warm.length === 0) return;
    let stopped = false;
    this.#stop = () => {
      stopped = true;
    };
    // Loaded only where something is scheduled.
    const { startWarmSchedules } = await import("./warm-schedules.ts");
    if (stopped) return;
    const calendars = Object.values(providers).map(({ definition }) => definition.preset.priceCalendar);
    const schedules = startWarmSchedules(warm, { ...this.#parts, nextOffPeak: (now) => cheapForAll(calendars, now) });
    this.#stop = schedules.stop;
  }

  stop(): void {
    this.#stop();
  }
}

/** The first moment outside every provider's peak hours: what is generated then costs least, whoever answers. */
function cheapForAll(calendars: readonly Parameters<typeof nextOffPeak>[0][], now: number): number {
  let at = now;
  // Each turn moves past at least one peak; two providers' peaks can follow each other a few times a day.
  for (let turn = 0; turn <= calendars.length; turn++) {
    const later = calendars.reduce((moment, calendar) => nextOffPeak(calendar, moment), at);
    if (later === at) return at;
    at = later;
  }
  return at;
}
