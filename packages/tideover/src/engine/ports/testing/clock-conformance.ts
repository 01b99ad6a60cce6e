import type { Clock } from "../../clock.ts";
import { type ConformanceCase, must, same } from "./conformance.ts";

/** What the cases need of a clock under test. */
export interface ClockFixture {
  readonly clock: Clock;
  /** Lets so many ms pass for the clock, and for the platform's timers that it stands on. */
  advance(ms: number): void | Promise<void>;
  /** Makes the clock say this time (ms), while the platform's timers go their own way; they do fire a little early. */
  say(nowMs: number): void;
  /** How many of the platform's timers wait. */
  pending(): number;
}

/** What every {@link Clock} must do. */
export const CLOCK_CONFORMANCE: readonly ConformanceCase<ClockFixture>[] = [
  {
    name: "timers fire once, at their times and not before, whatever was set first",
    async run({ clock, advance, pending }) {
      const fired: string[] = [];
      clock.schedule(2_500.5, () => fired.push("late"));
      clock.schedule(100, () => fired.push("soon"));
      await advance(99);
      same(fired, [], "fired by 99 ms");
      await advance(1);
      same(fired, ["soon"], "fired by 100 ms");
      await advance(2_400);
      same(fired, ["soon"], "fired by 2,500 ms");
      await advance(1);
      same(fired, ["soon", "late"], "fired by 2,501 ms");
      await advance(10_000);
      same(fired.length, 2, "times that timers fired");
      same(pending(), 0, "timers that wait");
    },
  },
  {
    name: "a cancelled timer does not fire, and cancelling again does nothing",
    async run({ clock, advance, pending }) {
      let fired = 0;
      const timer = clock.schedule(10, () => fired++);
      timer.cancel();
      timer.cancel();
      await advance(2_000);
      same([fired, pending()], [0, 0], "times that it fired, and timers that wait");
    },
  },
  {
    name: "a timer that has fired can be cancelled, and one that waits forever too",
    async run({ clock, advance, pending }) {
      let fired = 0;
      const timer = clock.schedule(10, () => fired++);
      clock.schedule(Number.POSITIVE_INFINITY, () => fired++).cancel();
      await advance(2_000);
      timer.cancel();
      same([fired, pending()], [1, 0], "times that timers fired, and timers that wait");
    },
  },
  {
    name: "one that is set after all others were cancelled fires",
    async run({ clock, advance }) {
      let fired = 0;
      clock.schedule(500, () => fired++).cancel();
      clock.schedule(1_500, () => fired++);
      await advance(1_499);
      same(fired, 0, "times that it fired by 1,499 ms");
      await advance(1);
      same(fired, 1, "times that it fired by 1,500 ms");
    },
  },
  {
    name: "what a timer sets fires in its turn",
    async run({ clock, advance }) {
      const fired: string[] = [];
      clock.schedule(10, () => {
        fired.push("first");
        clock.schedule(10, () => fired.push("second"));
      });
      await advance(19);
      same(fired, ["first"], "fired by 19 ms");
      await advance(1);
      same(fired, ["first", "second"], "fired by 20 ms");
    },
  },
  {
    name: "where the platform fires early the clock waits for the rest",
    async run({ clock, advance, say }) {
      let fired = 0;
      say(1_000);
      clock.schedule(50, () => fired++);
      say(1_049.6);
      await advance(50);
      same(fired, 0, "times that it fired before its time");
      say(1_050);
      await advance(1);
      same(fired, 1, "times that it fired");
    },
  },
  {
    name: "it goes forward only",
    async run({ clock, advance }) {
      const before = clock.now();
      await advance(5);
      must(clock.now() >= before + 5, "now() tells what has passed");
      must(clock.wallTime() > 0, "wallTime() is after 1970");
    },
  },
];
