import type { HttpBody } from "tideover/front";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import type { TotalsSnapshot } from "../metrics/snapshot.ts";
import type { Picture } from "./api-types.ts";
import { MOST_EVENTS_WAITING, MOST_LIVE_READERS } from "./defaults.ts";
import { LiveFeed } from "./live-feed.ts";

function feed(read?: () => Promise<TotalsSnapshot>) {
  const clock = new VirtualClock();
  const failures: unknown[] = [];
  let reads = 0;
  const live = new LiveFeed({
    clock,
    read:
      read ??
      (() => {
        reads++;
        return Promise.resolve({ at: clock.wallTime(), since: 0, counters: {}, histograms: {}, gauges: {} });
      }),
    picture: ({ at, since }) => ({ at, periodMs: at - since }) as Picture,
    requests: { total: 0, since: () => [] },
    failed: (error) => failures.push(error),
  });
  return { clock, live, failures, reads: () => reads };
}

function opened(live: LiveFeed): HttpBody {
  const body = live.open();
  if (body === undefined) throw new Error("the stream was refused");
  return body;
}

async function textOf(body: HttpBody): Promise<string> {
  return new TextDecoder().decode(await body.read());
}

test("nobody looks: nothing is read", async () => {
  const { clock, reads } = feed();
  await clock.advance(60_000);
  expect([reads(), clock.pendingTimers]).toEqual([0, 0]);
});

test("a tick comes at once, then each second, to every reader; it goes on for a minute after the last one", async () => {
  const { clock, live, reads } = feed();
  const [one, other] = [opened(live), opened(live)];
  await clock.advance(2_500);
  expect((await textOf(one)).match(/event: tick/g)).toHaveLength(3);
  expect((await textOf(other)).match(/event: tick/g)).toHaveLength(3);
  one.cancel();
  other.cancel();
  await clock.advance(200_000);
  expect(reads()).toBeLessThanOrEqual(64);
  expect(clock.pendingTimers).toBe(0);
  // Whoever comes back begins anew.
  const again = opened(live);
  await clock.advance(10);
  expect(await textOf(again)).toContain('"periodMs":0');
  again.cancel();
});

test("a reader that does not read loses the oldest ticks", async () => {
  const { clock, live } = feed();
  const body = opened(live);
  await clock.advance(100_000);
  const ticks = [...(await textOf(body)).matchAll(/"at":(\d+)/g)].map(([, at]) => Number(at));
  expect(ticks).toHaveLength(MOST_EVENTS_WAITING);
  expect(ticks.at(-1)).toBeGreaterThan(clock.wallTime() - 1_500);
  body.cancel();
});

test("there is room for so many readers", () => {
  const { live } = feed();
  const bodies = Array.from({ length: MOST_LIVE_READERS + 1 }, () => live.open());
  expect(bodies.filter((body) => body === undefined)).toHaveLength(1);
  bodies[0]?.cancel();
  expect(live.open()).toBeDefined();
  live.close();
});

test("a tick that cannot be made is told, and the next one is tried", async () => {
  let broken = true;
  const { clock, live, failures } = feed(() =>
    broken
      ? Promise.reject(new Error("no totals"))
      : Promise.resolve({ at: 5, since: 0, counters: {}, histograms: {}, gauges: {} }),
  );
  const body = opened(live);
  await clock.advance(1_500);
  expect(failures).toHaveLength(2);
  broken = false;
  await clock.advance(1_000);
  expect(await textOf(body)).toContain("event: tick");
  live.close();
});
