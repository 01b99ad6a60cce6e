import { describe, expect, test } from "vitest";
import { drain, testCall, textEvent, VirtualClock } from "../testing/index.ts";
import { onEnding, streamOf, WHOLE } from "./answer-stream.ts";
import type { Call } from "./call.ts";
import type { EngineEvent } from "./engine-event.ts";
import { failure } from "./failure.ts";
import { seededRandom } from "./kernels/seeded-random.ts";
import { deadline } from "./layers/deadline/deadline.ts";
import { idempotency } from "./layers/idempotency/idempotency.ts";
import { observe } from "./layers/observe/observe.ts";
import { TenantQuotas, tenantQuota } from "./layers/tenant-quota/tenant-quota.ts";
import type { Answer } from "./outcome.ts";
import type { TicketDesk } from "./ports/ticket-desk.ts";
import { type Layer, readyOutcome, type Service, withReady } from "./service.ts";
import { compose, ROUTE_ORDER } from "./stack.ts";

const EVENTS = [textEvent("Kept.", "stop")];

/** The layers above the cache around a service whose outcome is there at once for calls of priority 3. */
function stage(quota?: { readonly count: number; readonly perMs: number }) {
  const clock = new VirtualClock();
  const told: EngineEvent[] = [];
  const environment = { clock, random: seededRandom(1), emit: (event: EngineEvent) => void told.push(event) };
  let given = 0;
  const answer = (): Answer => {
    given++;
    return { type: "answer", origin: { rung: "cache", degraded: false }, stream: streamOf(EVENTS) };
  };
  const kept = withReady(
    () => Promise.resolve(answer()),
    (call) => (call.priority === 3 ? answer : undefined),
  );
  const quotas = new TenantQuotas(environment);
  const quotaOf = () => (quota === undefined ? undefined : { name: "shop", requests: quota });
  const desk = { once: (call: Call, next: Service) => next(call) } as unknown as TicketDesk;
  const service = compose(
    ROUTE_ORDER,
    {
      observe: observe(environment),
      deadline: deadline(clock),
      "tenant-quota": tenantQuota({ quotas, quotaOf }, environment),
      idempotency: idempotency(desk, false),
    },
    kept,
  );
  return { clock, service, told, given: () => given, quotas };
}

describe("an outcome that is there at once", () => {
  test("is the one that the service would give, and is told of in the same order", async () => {
    const { service, told } = stage();
    const ready = readyOutcome(service, testCall());
    if (ready?.type !== "answer") throw new Error("It should be an answer.");
    expect(ready.stream.takeAll?.()).toEqual(EVENTS);
    const atOnce = told.splice(0);
    const asked = await service(testCall());
    if (asked.type !== "answer") throw new Error("It should be an answer.");
    await drain(asked.stream);
    expect(atOnce.map(({ type }) => type)).toEqual(["call-started", "call-answered", "call-ended"]);
    expect(told.map(({ type }) => type)).toEqual(atOnce.map(({ type }) => type));
    expect({ ...ready, stream: 0 }).toEqual({ ...asked, stream: 0 });
  });

  test("takes no timer, and until it is taken nothing has happened", () => {
    const { service, told, given, clock } = stage({ count: 1, perMs: 60_000 });
    expect(service.ready?.(testCall())).toBeTypeOf("function");
    expect([told.length, given(), clock.pendingTimers]).toEqual([0, 0, 0]);
    expect(readyOutcome(service, testCall({ priority: 5 }))).toBeUndefined();
    expect([told.length, given()]).toEqual([0, 0]);
    expect(readyOutcome(service, testCall())?.type).toBe("answer");
    expect(clock.pendingTimers).toBe(0);
  });

  test("is counted in the tenant's share like any other, and refused like any other", async () => {
    const { service, told, given, clock } = stage({ count: 2, perMs: 60_000 });
    expect(readyOutcome(service, testCall())?.type).toBe("answer");
    expect((await clock.run(service(testCall()))).type).toBe("answer");
    told.length = 0;
    const refused = readyOutcome(service, testCall());
    expect(refused).toMatchObject({ type: "failure", reason: "requests-quota" });
    expect(given()).toBe(2);
    expect(told.map(({ type }) => type)).toEqual(["call-started", "call-answered", "call-ended"]);
    expect(await clock.run(service(testCall()))).toEqual(refused);
  });

  test.each<[string, Partial<Call>, boolean]>([
    ["whose time is up", { deadline: 0 }, false],
    ["whose caller is gone", { signal: AbortSignal.abort(failure("cancelled", "gone", "Gone.")) }, false],
    ["with an idempotency key", { idempotencyKey: "once" }, false],
    ["that runs as a job under such a key", { idempotencyKey: "once", ticketed: true }, true],
  ])("a call %s: %s", (_what, changes, isReady) => {
    expect(readyOutcome(stage().service, testCall(changes)) !== undefined).toBe(isReady);
  });

  test("is hidden by a layer that says nothing of it, and by observe where the service has none", () => {
    const passes: Layer = (next) => (call) => next(call);
    const { service } = stage();
    expect(passes(service).ready).toBeUndefined();
    expect(
      observe({ clock: new VirtualClock(), random: seededRandom(1), emit: () => {} })(passes(service)).ready,
    ).toBeUndefined();
  });
});

describe("taking all events of a stream", () => {
  test("is reading it to its ending, once", async () => {
    const endings: unknown[] = [];
    const stream = onEnding(
      onEnding(streamOf(EVENTS), (ending) => endings.push(ending)),
      (ending) => endings.push(ending),
    );
    expect(stream.takeAll?.()).toBe(EVENTS);
    expect(stream.takeAll?.()).toBeUndefined();
    expect([await stream.read(), await stream.read()]).toEqual([WHOLE, WHOLE]);
    stream.cancel(failure("cancelled", "gone", "Gone."));
    expect(endings).toEqual([WHOLE, WHOLE]);
  });

  test("is not done of one that was cut, begun or cancelled", async () => {
    const cut = failure("fault", "cut", "Cut.");
    expect(streamOf(EVENTS, { type: "ending", failure: cut }).takeAll?.()).toBeUndefined();
    const begun = streamOf(EVENTS);
    await begun.read();
    const cancelled = streamOf(EVENTS);
    cancelled.cancel(cut);
    expect([begun.takeAll?.(), cancelled.takeAll?.()]).toEqual([undefined, undefined]);
  });
});
