import { createHash } from "node:crypto";
import fc from "fast-check";
import { expect, test } from "vitest";
import {
  drain,
  MemoryAnswerStore,
  MemoryFlightLedger,
  scriptedStream,
  testCall,
  textEvent,
  VirtualClock,
} from "../../../testing/index.ts";
import { WHOLE } from "../../answer-stream.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import { newTrace } from "../../provenance.ts";
import { stale } from "../../rungs/stale.ts";
import type { Service } from "../../service.ts";
import { ladder } from "../ladder/ladder.ts";
import { acrossProcesses, sharedLedger } from "../single-flight/across-processes.ts";
import { Flights, singleFlight } from "../single-flight/single-flight.ts";
import { AnswerCache } from "./answer-cache.ts";
import { cache } from "./cache.ts";
import { requestKeys } from "./request-key.ts";

const hash = (data: string | Uint8Array) => createHash("sha256").update(data).digest("hex");
const form: AnswerForm = {
  read(text) {
    const json = JSON.parse(text) as { choices: { delta: { content: string }; finish_reason: string | null }[] };
    return textEvent(json.choices[0]?.delta.content ?? "", json.choices[0]?.finish_reason ?? undefined);
  },
  fold: (events) => events[0] ?? textEvent(""),
  endedAs: () => true,
};

/** Two processes with one store and one ledger; their provider says who asked what. */
function twoProcesses() {
  const clock = new VirtualClock();
  const environment = { clock, random: seededRandom(3) };
  const store = new MemoryAnswerStore(() => clock.wallTime());
  const ledger = new MemoryFlightLedger(clock);
  const control = { down: false };
  const live: Service = (call) => {
    if (control.down) return Promise.resolve(failure("overloaded", "http-503", "down"));
    const words = [textEvent(`${call.tenant} `), textEvent(`asked ${String(call.request.body.x)}`, "stop")];
    const steps = words.map((word) => ({ afterMs: 50, give: [word] }));
    const begun = call.begun === undefined ? [] : [{ give: call.begun.events }];
    const rest = steps.slice(call.begun?.events.length ?? 0);
    const stream = scriptedStream(clock, [...begun, ...rest, { give: WHOLE }]);
    return Promise.resolve({ type: "answer", origin: { rung: "live", degraded: false }, stream });
  };
  const process = () => {
    const answers = new AnswerCache({ memoryBytes: 5_000, form, store }, environment);
    const patience = () => ({ firstMs: 5_000, gapMs: 5_000 });
    const across = acrossProcesses("a", { ...sharedLedger(ledger, environment), form, patience }, environment);
    const group = singleFlight(new Flights(), "a", form, environment)(across(live));
    const rungs = [
      { name: "a", slow: true, service: group },
      { name: "stale", slow: false, service: stale(answers, 0, environment), earlyMs: 80 },
    ];
    const options = {
      cache: answers,
      keys: requestKeys("route", "policy", hash),
      form,
      route: "route",
      when: "always",
      freshMs: 300,
      staleMs: 100_000,
      paceMs: 0,
      keepsStale: true,
      endings: new Set(["stop"]),
      tags: [],
      deadlineMs: 10_000,
    } as const;
    return cache(options, environment)(ladder(rungs, environment));
  };
  return { clock, control, processes: [process(), process()] };
}

const step = fc.record({
  afterMs: fc.integer({ min: 0, max: 120 }),
  process: fc.constantFrom(0, 1),
  tenant: fc.constantFrom("shop", "bank", "x"),
  x: fc.integer({ min: 0, max: 2 }),
  down: fc.boolean(),
  leavesAfterMs: fc.option(fc.integer({ min: 0, max: 150 })),
});

test("whatever is stored, shared, stale or handed over, no tenant is given another's answer, nor another question's", async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 40 }), async (steps) => {
      const { clock, control, processes } = twoProcesses();
      const asked: Promise<void>[] = [];
      let answered = 0;
      for (const [index, { afterMs, process, tenant, x, down, leavesAfterMs }] of steps.entries()) {
        await clock.advance(afterMs);
        control.down = down && index % 3 === 0;
        const service = processes[process];
        const abort = new AbortController();
        const call = testCall({
          id: `call-${index}`,
          tenant,
          trace: newTrace(),
          startedAt: clock.now(),
          deadline: clock.now() + 5_000,
          signal: abort.signal,
          request: { body: { x }, bytes: new TextEncoder().encode(JSON.stringify({ x })) },
        });
        const gone = failure("cancelled", "caller-gone", "gone");
        asked.push(
          (async () => {
            const outcome = await service?.(call);
            if (outcome?.type !== "answer") return;
            if (leavesAfterMs !== null) clock.schedule(leavesAfterMs, () => outcome.stream.cancel(gone));
            const { text, ending } = await drain(outcome.stream);
            const whole = `${tenant} asked ${x}`;
            expect(whole.startsWith(text)).toBe(true);
            if (ending.failure === undefined) expect(text).toBe(whole);
            answered++;
          })(),
        );
        if (leavesAfterMs !== null && index % 2 === 0) clock.schedule(leavesAfterMs, () => abort.abort(gone));
      }
      await clock.run(Promise.all(asked));
      expect(answered).toBeGreaterThan(0);
    }),
    { numRuns: 40 },
  );
});
