import { VirtualClock } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { SILENT_LOG } from "../logging/index.ts";
import { Totals } from "../metrics/totals.ts";
import { DataDir } from "../stores/embedded/index.ts";
import { temporaryFolder } from "../stores/embedded/testing/temporary-folder.ts";
import { TIERS } from "./defaults.ts";
import { readHistory } from "./history-answer.ts";
import { providerCount } from "./history-record.ts";
import { HistoryRecorder } from "./history-recorder.ts";
import type { HistoryStore } from "./history-store.ts";
import { HISTORY_DATABASE, SqliteHistoryStore } from "./sqlite-history-store.ts";

const [{ stepMs: STEP_MS }] = TIERS;
const PLENTY_MS = 3_600_000;

async function stage(
  use: (stage: {
    clock: VirtualClock;
    totals: Totals;
    store: HistoryStore;
    recorder: HistoryRecorder;
  }) => Promise<void>,
  wrap = (store: HistoryStore) => store,
) {
  using folder = temporaryFolder();
  const dataDir = DataDir.open(folder.path, "test");
  try {
    const clock = new VirtualClock();
    const totals = new Totals({ clock, gauges: () => ({ inFlight: { deepseek: 7 }, limit: { deepseek: 20 } }) });
    const store = new SqliteHistoryStore(dataDir.database(HISTORY_DATABASE));
    const snapshot = () => Promise.resolve(totals.snapshot());
    await use({
      clock,
      totals,
      store,
      recorder: new HistoryRecorder({ store: wrap(store), clock, log: SILENT_LOG, snapshot }),
    });
  } finally {
    await dataDir.close();
  }
}

const answered = (totals: Totals, rung: string, degraded: "0" | "1") => {
  totals.add("requests", 1, "copy", rung, "", "answered", degraded);
  totals.observe("requestMs", 2_000, "copy", rung);
};

describe("what was counted", () => {
  test("is written every ten seconds, and the rest at the end", () =>
    stage(async ({ clock, totals, store, recorder }) => {
      answered(totals, "live", "0");
      recorder.start();
      await clock.advance(STEP_MS);
      const begun = clock.wallTime();
      answered(totals, "live", "0");
      answered(totals, "template", "1");
      totals.add("requests", 1, "copy", "", "", "failed", "0");
      totals.add("errors", 1, "copy", "load_shed");
      totals.add("requests", 1, "copy", "", "", "cancelled", "0");
      totals.add("requests", 1, "", "", "", "refused", "0");
      totals.add("attempts", 1, "deepseek", "cut");
      totals.add("tokens", 30, "deepseek", "output");
      totals.add("cost", 0.002, "deepseek");
      await clock.advance(STEP_MS);
      answered(totals, "cache", "0");
      await clock.advance(1_000);
      await recorder.stop();
      const range = { from: begun - PLENTY_MS, to: begun + STEP_MS * 2, points: 1_500 };
      const { overall, providers, at } = await readHistory(store, range, clock.wallTime());
      const rows = at.map((_, step) => step).filter((step) => overall.requests[step] !== null);
      // What was counted before the recorder began is in no step.
      expect(rows.map((step) => overall.requests[step])).toEqual([0, 4, 1]);
      const step = rows[1] ?? 0;
      expect({
        answered: overall.answered[step],
        degraded: overall.degraded[step],
        failed: overall.failed[step],
        shed: overall.shed[step],
        byCaller: overall.byCaller[step],
        live: overall.rungs.live?.[step],
        template: overall.rungs.template?.[step],
        faults: providers.deepseek?.faults[step],
        tokens: providers.deepseek?.completionTokens[step],
        cost: providers.deepseek?.cost[step],
      }).toEqual({
        ...{ answered: 1, degraded: 1, failed: 2, shed: 1, byCaller: 1, live: 1, template: 1 },
        ...{ faults: 1, tokens: 30, cost: 0.002 },
      });
      for await (const { record } of store.steps(TIERS[0], begun, begun + 1)) {
        const deepseek = record.providers.get("deepseek") ?? { counts: [], histograms: [] };
        expect([providerCount(deepseek, "peakInFlight"), providerCount(deepseek, "peakLimit")]).toEqual([7, 20]);
      }
      expect.assertions(4);
      expect(clock.pendingTimers).toBe(0);
    }));

  test("what a full gateway refused is load that nobody was answered, and of no route", () =>
    stage(async ({ clock, totals, store, recorder }) => {
      recorder.start();
      await clock.advance(STEP_MS);
      answered(totals, "live", "0");
      totals.callShed("room", 3);
      totals.callShed("late", 7);
      await clock.advance(STEP_MS);
      await recorder.stop();
      const to = clock.wallTime();
      const { overall, routes } = await readHistory(store, { from: to - PLENTY_MS, to, points: 1_500 }, to);
      const sum = (column: readonly (number | null)[]) => column.reduce<number>((all, value) => all + (value ?? 0), 0);
      const { requests, failed, shed } = overall;
      expect([requests, overall.answered, failed, shed].map(sum)).toEqual([3, 1, 2, 2]);
      expect(Object.keys(routes)).toEqual(["copy"]);
      expect(sum(routes.copy?.requests ?? [])).toBe(1);
    }));

  test("waits in the totals while the disk hangs, and is not lost", () => {
    let release: () => void = () => undefined;
    const hanging = new Promise<void>((resolve) => {
      release = resolve;
    });
    return stage(
      async ({ clock, totals, store, recorder }) => {
        recorder.start();
        for (let step = 0; step < 30; step++) {
          answered(totals, "live", "0");
          await clock.advance(STEP_MS);
        }
        release();
        await recorder.stop();
        const range = { from: clock.wallTime() - PLENTY_MS, to: clock.wallTime() + STEP_MS, points: 1_500 };
        const { overall } = await readHistory(store, range, clock.wallTime());
        expect(overall.requests.reduce<number>((sum, value) => sum + (value ?? 0), 0)).toBe(30);
      },
      (store) => {
        const add: HistoryStore["add"] = async (...args) => {
          await hanging;
          return store.add(...args);
        };
        return Object.assign(Object.create(store) as HistoryStore, {
          add,
          rollUp: (now: number) => store.rollUp(now),
          clear: (now: number) => store.clear(now),
        });
      },
    );
  });
});
