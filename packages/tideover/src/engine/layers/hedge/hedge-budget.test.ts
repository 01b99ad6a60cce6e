import fc from "fast-check";
import { expect, test } from "vitest";
import { testCall, VirtualClock } from "../../../testing/index.ts";
import { streamOf } from "../../answer-stream.ts";
import { sleep } from "../../clock.ts";
import type { EngineEvent } from "../../engine-event.ts";
import { estimateTokens } from "../../estimate-tokens.ts";
import { failureOf } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import { TokenBudget } from "../../kernels/token-budget.ts";
import type { Service } from "../../service.ts";
import { type FailoverTarget, failover } from "../failover/failover.ts";
import { hedge } from "./hedge.ts";

test("whatever comes, hedges never cost more than their share and than the retry budget has left", async () => {
  const arrivals = fc.array(
    fc.record({
      gapMs: fc.integer({ min: 0, max: 2_000 }),
      firstTokenMs: fc.integer({ min: 1, max: 8_000 }),
      bytes: fc.integer({ min: 10, max: 20_000 }),
      callerRetries: fc.constantFrom(0, 0, 0, 1),
    }),
    { minLength: 1, maxLength: 60 },
  );
  const shapes = fc.record({
    share: fc.double({ min: 0, max: 0.5, noNaN: true }),
    reserveCalls: fc.integer({ min: 0, max: 3 }),
    retryReserve: fc.integer({ min: 0, max: 5 }),
  });
  await fc.assert(
    fc.asyncProperty(arrivals, shapes, async (calls, { share, reserveCalls, retryReserve }) => {
      const clock = new VirtualClock();
      const environment = { clock, random: seededRandom(1), emit: (event: EngineEvent) => note(event) };
      // One long window, so that the whole run is one account.
      const budget = new TokenBudget({ share, windowMs: 3_600_000, reserveCalls });
      const retryBudget = new TokenBudget({ share: 0, windowMs: 3_600_000, reserveCalls: retryReserve });
      let spent = 0;
      let deposited = 0;
      let first = 0;
      let largest = 0;
      const note = (event: EngineEvent) => {
        if (event.type === "hedge-started") spent += estimateTokens(event.call.request);
      };
      const serviceOf = (provider: string): Service => {
        return async (call) => {
          if (!(await sleep(clock, provider === "a" ? call.startedAt : 100, call.signal)))
            return failureOf(call.signal);
          return { type: "answer", origin: { rung: "live", provider, degraded: false }, stream: streamOf([]) };
        };
      };
      const targets = ["a", "b"].map((provider): FailoverTarget => {
        const service = serviceOf(provider);
        const isSteady = () => true;
        const hedging = {
          oneTry: service,
          degraded: false,
          isSteady,
          firstTokens: () => undefined,
          budget,
          retryBudget,
        };
        return { provider, service, hedging, available: () => true, contextTokens: () => undefined };
      });
      const run = failover(targets, hedge({ after: { ms: 1_000 } }, environment));
      const running = [];
      for (const { gapMs, firstTokenMs, bytes, callerRetries } of calls) {
        await clock.advance(gapMs);
        // The scripted provider reads the time of its first token from `startedAt`.
        const call = testCall({ startedAt: firstTokenMs, callerRetries, request: { bytes: new Uint8Array(bytes) } });
        const cost = estimateTokens(call.request);
        largest = Math.max(largest, cost);
        if (callerRetries === 0) {
          deposited += cost;
          first++;
        }
        running.push(run(call));
      }
      await clock.run(Promise.all(running));
      const average = first > 0 ? deposited / first : largest;
      expect(spent).toBeLessThanOrEqual(share * deposited + reserveCalls * Math.max(average, largest) + 1e-6);
      expect(spent).toBeLessThanOrEqual(retryReserve * largest + 1e-6);
    }),
    { numRuns: 40 },
  );
});
