import { describe, expect, test } from "vitest";
import { SILENT_LOG } from "../logging/log.ts";
import { LoadShedding } from "./load-shedding.ts";
import { BusyProcess, type BusyProcessShape, type LoopEvent, streamsThatFit } from "./testing/busy-process.ts";

const MINUTE = 60_000;
/** What callers are promised of an accepted stream, in ms. */
const SMOOTH_MS = 30;

function busy(shape: BusyProcessShape, settings: { delay: number; mostOpen: "auto" } | "off" = AUTO) {
  const process = new BusyProcess(shape);
  const shedding = new LoadShedding({ clock: process.clock, log: SILENT_LOG, watch: process.watch });
  shedding.use(settings);
  process.admit = shedding.admit;
  return { process, shedding };
}

const AUTO = { delay: 20, mostOpen: "auto" } as const;

/** So many times as many callers as fit, who come within the life of a stream, or at once. */
function crowd(times: number, manner: "gradually" | "at once", shape: BusyProcessShape) {
  const untilMs = manner === "at once" ? 500 : shape.streamMs;
  return { count: Math.round(times * streamsThatFit(shape)), fromMs: 0, untilMs };
}

/** More than a core of half the usual speed bears comes before it has been watched, and stays: it has a test of its own. */
const isTooMuchAtOnce = ({ chunkMs, streamMs, manner }: { chunkMs: number; streamMs: number; manner: string }) =>
  chunkMs === 0.08 && streamMs === MINUTE && manner === "at once";

/** The loop stands still now and then. */
function standing(everyMs: number, forMs: readonly number[], by: LoopEvent["by"]): LoopEvent[] {
  return Array.from({ length: (10 * MINUTE) / everyMs }, (_, index) => {
    return { atMs: 700 + index * everyMs, forMs: forMs[index % forMs.length] ?? 0, by };
  });
}

/** A process that collects garbage as the gateway does: a little often, much now and then. */
const GARBAGE = [...standing(300, [3], "itself"), ...standing(10_000, [20], "itself")];

describe("what fits is served smoothly, and the rest refused", () => {
  const cases = [0.02, 0.04, 0.08]
    .flatMap((chunkMs) =>
      [10_000, 60_000].flatMap((streamMs) =>
        [2, 4].flatMap((times) =>
          (["gradually", "at once"] as const).map((manner) => ({ chunkMs, streamMs, times, manner })),
        ),
      ),
    )
    .filter((each) => !isTooMuchAtOnce(each));

  test.each(cases)(
    "$times times what fits, $manner, streams of $streamMs ms, $chunkMs ms a chunk",
    ({ chunkMs, streamMs, times, manner }) => {
      const shape = { chunkMs, streamMs };
      const { process } = busy({ ...shape, callers: [crowd(times, manner, shape)], events: GARBAGE });
      process.run(MINUTE / 2 + 2 * streamMs);
      const seen = process.run(MINUTE);
      expect(seen.p99Ms).toBeLessThan(SMOOTH_MS);
      const fits = streamsThatFit(shape, seen.refusedPerSecond);
      expect(seen.open / fits).toBeGreaterThan(0.85);
      expect((seen.mostOpen - seen.leastOpen) / fits).toBeLessThan(0.15);
    },
  );

  test("a slow core that is asked for all at once while it is cold is late for as long as the first streams stay", () => {
    const shape = { chunkMs: 0.08, streamMs: MINUTE };
    const { process } = busy({ ...shape, callers: [crowd(2, "at once", shape)], events: GARBAGE });
    process.run(MINUTE / 2 + 2 * MINUTE);
    expect(process.run(MINUTE).p99Ms).toBeLessThan(10 * SMOOTH_MS);
    process.run(4 * MINUTE);
    expect(process.run(MINUTE).p99Ms).toBeLessThan(SMOOTH_MS);
  });

  test("without shedding, twice what fits makes every stream stutter", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const { process } = busy({ ...shape, callers: [crowd(2, "gradually", shape)] }, "off");
    process.run(MINUTE);
    expect(process.run(MINUTE).p99Ms).toBeGreaterThan(10 * SMOOTH_MS);
  });

  test.each([0, 3_000, 8_000])("also where the first token takes %i ms", (firstTokenMs) => {
    const shape = { chunkMs: 0.04, streamMs: 20_000, firstTokenMs };
    const { process } = busy({ ...shape, callers: [crowd(2, "gradually", shape)] });
    process.run(2 * MINUTE);
    const seen = process.run(MINUTE);
    expect(seen.p99Ms).toBeLessThan(SMOOTH_MS);
    expect(seen.open / streamsThatFit(shape, seen.refusedPerSecond)).toBeGreaterThan(0.85);
  });

  test("also where those who are refused ask again at once, over and over", () => {
    const shape = { chunkMs: 0.08, streamMs: 10_000, againMs: 250 };
    const { process } = busy({ ...shape, callers: [crowd(2, "gradually", shape)] });
    process.run(MINUTE);
    const seen = process.run(MINUTE);
    expect(seen.p99Ms).toBeLessThan(SMOOTH_MS);
    expect(seen.open / streamsThatFit(shape, seen.refusedPerSecond)).toBeGreaterThan(0.85);
  });
});

describe("what fits is not refused", () => {
  test("a load that grows as quickly as loads do is taken whole", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const count = Math.round(0.85 * streamsThatFit(shape));
    const { process } = busy({ ...shape, callers: [{ count, fromMs: 0, untilMs: MINUTE }], events: GARBAGE });
    const seen = process.run(3 * MINUTE);
    expect(seen.refusedPerSecond).toBe(0);
    expect(seen.p99Ms).toBeLessThan(SMOOTH_MS);
  });

  test("from a fifth of what fits to nearly all in an instant is taken whole within ten seconds", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const fits = streamsThatFit(shape);
    const callers = [
      { count: Math.round(0.2 * fits), fromMs: 0, untilMs: 10_000 },
      { count: Math.round(0.6 * fits), fromMs: MINUTE, untilMs: MINUTE + 500 },
    ];
    const { process } = busy({ ...shape, callers });
    process.run(MINUTE + 10_000);
    const seen = process.run(MINUTE);
    expect([seen.refusedPerSecond, seen.open / fits > 0.78]).toEqual([0, true]);
  });

  test("when the crowd has gone nobody is refused, and when it comes back the process knows what it bears", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const count = Math.round(3 * streamsThatFit(shape));
    const callers = [
      { count, fromMs: 0, untilMs: 10_000, leaveMs: 2 * MINUTE },
      { count: 200, fromMs: 3 * MINUTE, untilMs: 3 * MINUTE + 10_000 },
      { count, fromMs: 5 * MINUTE, untilMs: 5 * MINUTE + 10_000 },
    ];
    const { process } = busy({ ...shape, callers });
    process.run(2.5 * MINUTE);
    expect(process.open).toBe(0);
    expect(process.run(2.5 * MINUTE)).toMatchObject({ refusedPerSecond: 0, mostOpen: 200 });
    process.run(MINUTE / 6);
    const back = process.run(MINUTE);
    expect(back.p99Ms).toBeLessThan(SMOOTH_MS);
    expect(back.open / streamsThatFit(shape, back.refusedPerSecond)).toBeGreaterThan(0.85);
  });

  test("a provider that says nothing for long does not let in what would drown the process when it speaks", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000, firstTokenMs: 40_000 };
    const { process } = busy({ ...shape, callers: [crowd(4, "at once", shape)] });
    const seen = process.run(MINUTE);
    expect(seen.mostOpen).toBeLessThan(1.1 * streamsThatFit(shape));
  });
});

describe("others on the machine", () => {
  test.each([
    // What they make late for a moment looks like a collection of this process's own.
    ["a pause now and then", standing(5_000, [50, 200, 100], "others"), 0.75],
    ["one long pause", [{ atMs: 1.5 * MINUTE, forMs: 500, by: "others" }] as const, 0.8],
  ])("%s makes little difference to how many are served", (_name, events, share) => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const { process } = busy({ ...shape, callers: [crowd(2, "gradually", shape)], events });
    process.run(MINUTE);
    const seen = process.run(MINUTE);
    expect(seen.leastOpen / streamsThatFit(shape, seen.refusedPerSecond)).toBeGreaterThan(share);
  });

  test("a neighbour who takes a third of the core is taken into account", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const { process } = busy({ ...shape, callers: [crowd(2, "gradually", shape)], events: standing(9, [3], "others") });
    process.run(MINUTE);
    const seen = process.run(MINUTE);
    expect(seen.p99Ms).toBeLessThan(SMOOTH_MS);
    expect(seen.open / streamsThatFit(shape, seen.refusedPerSecond)).toBeGreaterThan(0.8 * (2 / 3));
  });

  test("a pause in the rest refuses nobody", () => {
    const shape = { chunkMs: 0.04, streamMs: 10_000 };
    const { process } = busy({
      ...shape,
      callers: [{ count: 300, fromMs: 0, untilMs: 10_000 }],
      events: standing(1_000, [200], "others"),
    });
    expect(process.run(2 * MINUTE).refusedPerSecond).toBe(0);
  });
});
