import { expect, test } from "vitest";
import { seededRandom } from "../engine/kernels/seeded-random.ts";
import { VirtualClock } from "../testing/virtual-clock.ts";
import { DrainGovernor } from "./drain-governor.ts";

/** A provider that bears `slots` calls at once; more than that wait, which shows in its first tokens. */
function governed({ slots = 10, live = 0, limit = 100, slowBy = 0 } = {}) {
  const clock = new VirtualClock();
  const state = { live, jobs: 0, slowBy, measured: true, knee: undefined as number | undefined };
  const inFlight = () => state.live + state.jobs;
  /** The most at once lately: what first tokens tell of is over by the time that they have come. */
  let peak = 0;
  const governor = new DrainGovernor(
    {
      limit: () => limit,
      load: () =>
        state.measured
          ? {
              inFlight: inFlight(),
              slowness: 1 + state.slowBy + Math.max(0, peak - slots) / slots,
              knee: () => state.knee,
            }
          : undefined,
    },
    undefined,
    clock,
    seededRandom(1),
  );
  /** Begins what there is room for, and ends it after 5 s, for so many rounds. @returns the most jobs at once */
  const run = async (rounds: number) => {
    const seen: number[] = [];
    for (let round = 0; round < rounds; round++) {
      let began = 0;
      for (; governor.room > 0; began++) {
        governor.began();
        state.jobs++;
      }
      seen.push(state.jobs);
      peak = inFlight();
      await clock.advance(5_000);
      for (; began > 0; began--) {
        governor.answered();
        state.jobs--;
      }
    }
    return seen;
  };
  return { clock, governor, state, run };
}

test("jobs fill the gaps up to where first tokens become slower, and no further", async () => {
  const { run } = governed({ slots: 10, live: 4 });
  const seen = await run(60);
  expect(seen[0]).toBe(1);
  // Once it goes too far: how else would it know.
  expect(Math.max(...seen)).toBeLessThanOrEqual(12);
  expect(Math.max(...seen.slice(20))).toBeLessThanOrEqual(10);
  expect(seen.slice(20).reduce((sum, jobs) => sum + jobs, 0) / 40).toBeGreaterThan(3);
});

test("where calls at once have told from how many on first tokens come later, the ceiling goes there and stays", async () => {
  const { run, state } = governed({ slots: 1_000, live: 4 });
  state.knee = 9;
  const seen = await run(60);
  expect(Math.max(...seen)).toBe(5);
  expect(seen.slice(20).reduce((sum, jobs) => sum + jobs, 0) / 40).toBe(5);
  state.knee = 6;
  expect((await run(10)).at(-1)).toBe(2);
});

test("what is clearly slow is left alone whatever calls at once have told", async () => {
  const { run, state } = governed({ slots: 10, live: 4 });
  state.knee = 50;
  const seen = await run(60);
  expect(Math.max(...seen.slice(20))).toBeLessThanOrEqual(15);
});

test("a share of the limit is the most, however fast first tokens come", async () => {
  const { run } = governed({ slots: 1_000, limit: 20 });
  expect(Math.max(...(await run(60)))).toBe(6);
});

test("what live traffic takes is not jobs' any more", async () => {
  const { run, state, governor } = governed({ slots: 10, live: 2 });
  await run(30);
  state.live = 30;
  expect(governor.room).toBe(0);
});

test("a provider that is slow without jobs is not waited for: after a while that is the usual", async () => {
  const { run, state } = governed({ slots: 10, live: 4 });
  await run(10);
  state.slowBy = 2;
  const seen = await run(200);
  expect(seen.slice(100).reduce((sum, jobs) => sum + jobs, 0)).toBeGreaterThan(50);
});

test("where nothing is measured, the share and the slow start decide", async () => {
  const { run, state } = governed({ limit: 20 });
  state.measured = false;
  expect(await run(5)).toEqual([1, 2, 4, 6, 6]);
});

test("after a failure it begins with one again, when the pause is over", async () => {
  const { run, governor, clock } = governed({ slots: 100 });
  await run(20);
  governor.began();
  governor.failed();
  expect(governor.room).toBe(0);
  await clock.advance(2_000);
  expect(governor.room).toBe(1);
});
