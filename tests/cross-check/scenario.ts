import { findScenario, type Scenario } from "@tideover/simulator";

const SECOND = 1_000;

/** How long it lasts, in seconds. */
export const CROSS_CHECK_SECONDS = 300;

/**
 * The busy hour in five minutes, at 4 requests per second and the same load: long enough for shares, short enough to wait for.
 * @param seconds only the beginning of it; the first 50 are calm, the trouble begins after 110
 */
export function crossCheckScenario(seconds = CROSS_CHECK_SECONDS): Scenario {
  const hour = findScenario("busy-hour");
  if (hour === undefined) throw new Error("The simulator has no busy hour any more.");
  return {
    ...hour,
    name: "cross-check",
    durationMs: seconds * SECOND,
    trouble: { fromMs: 110 * SECOND, toMs: 230 * SECOND },
    providers: {
      deepseek: {
        start: { profile: "calm", slots: 65, queue: 145 },
        schedule: [
          { atMs: 50 * SECOND, profile: "peak" },
          { atMs: 110 * SECOND, profile: "brownout" },
          { atMs: 180 * SECOND, profile: "outage", dead: true },
          { atMs: 230 * SECOND, profile: "calm", dead: false },
        ],
      },
      alternate: {
        start: { profile: "calm", slots: 22, queue: 44 },
        schedule: [
          { atMs: 50 * SECOND, profile: "peak" },
          { atMs: 230 * SECOND, profile: "calm" },
        ],
      },
    },
    arrivals: { ...hour.arrivals, rate: 4 },
  };
}
