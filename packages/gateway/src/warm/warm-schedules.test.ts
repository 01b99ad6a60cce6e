import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { ResolvedWarm } from "tideover/config";
import { seededRandom } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { describe, expect, it } from "vitest";
import { SILENT_LOG } from "../logging/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { ScheduleError, startWarmSchedules } from "./warm-schedules.ts";

const HOUR = 3_600_000;

function stage(folder: string, entry: Partial<ResolvedWarm>, peakHours: readonly [number, number] = [0, 0]) {
  writeFileSync(join(folder, "night.jsonl"), '{"prompt":"one"}\n{"prompt":"two"}\n{"prompt":"three"}\n');
  const clock = new VirtualClock();
  const sent: { at: number; tenant: string | undefined }[] = [];
  const hourOf = (at: number) => (at / HOUR) % 24;
  const schedules = startWarmSchedules(
    [{ prompts: "night.jsonl", model: "m", offPeak: false, concurrency: 1, ...entry }],
    {
      folder,
      clock,
      random: seededRandom(1),
      log: SILENT_LOG,
      targetFor: (tenant) => () => {
        sent.push({ at: clock.wallTime(), tenant });
        return Promise.resolve({ type: "generated", kept: true });
      },
      nextOffPeak(at) {
        const [from, to] = peakHours;
        const isPeak = hourOf(at) >= from && hourOf(at) < to;
        return isPeak ? at + (to - hourOf(at)) * HOUR : at;
      },
    },
  );
  /** Virtual time passes an hour at a time; files are read in between, in real time. */
  const pass = async (hours: number) => {
    for (let hour = 0; hour < hours; hour++) {
      await clock.advance(HOUR);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  };
  return { sent, pass, clock, stop: () => schedules.stop() };
}

describe("scheduled warming", () => {
  it("begins each time that its schedule says, and leaves no state behind", async () => {
    using folder = temporaryFolder();
    const { sent, pass, clock, stop } = stage(folder.path, { schedule: "0 */12 * * *", tenant: "shop" });
    await pass(25);
    expect(sent).toHaveLength(6);
    expect(new Set(sent.map(({ tenant }) => tenant))).toEqual(new Set(["shop"]));
    expect(existsSync(join(folder.path, "night.jsonl.warmed"))).toBe(false);
    stop();
    await pass(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("begins when peak prices end, once", async () => {
    using folder = temporaryFolder();
    const clock = new VirtualClock();
    const hour = (clock.wallTime() / HOUR) % 24;
    const from = Math.floor(hour);
    const { sent, pass, stop } = stage(folder.path, { offPeak: true }, [from, Math.min(24, from + 3)]);
    await pass(2);
    expect(sent).toHaveLength(0);
    await pass(6);
    expect(sent).toHaveLength(3);
    stop();
    await pass(1);
  });

  it("refuses a schedule that cannot be, by its place", () => {
    using folder = temporaryFolder();
    expect(() => stage(folder.path, { schedule: "99 * * * *" })).toThrow(ScheduleError);
    expect(() => stage(folder.path, { schedule: "99 * * * *" })).toThrow(/^warm\[0\]\.schedule is "99 \* \* \* \*"/);
  });
});
