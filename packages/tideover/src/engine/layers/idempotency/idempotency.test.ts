import { describe, expect, test } from "vitest";
import { asking, BROKEN, jobStage } from "../../../jobs/testing/job-stage.ts";
import type { Call } from "../../call.ts";
import type { Outcome } from "../../outcome.ts";
import { ticket } from "../../rungs/ticket.ts";
import type { Service } from "../../service.ts";
import { respondAsync } from "../respond-async/respond-async.ts";
import { idempotency } from "./idempotency.ts";

const KEYED = { idempotencyKey: "order-1" };
const TERMS = { expiresMs: 3_600_000 };

/** A route: the layer above the one that gives tickets, above a provider. */
function route({ givesTickets = true, always = false, fails = false } = {}) {
  const stage = jobStage({ ms: 1_000 });
  const { jobs } = stage.process({ works: false });
  let asked = 0;
  const live: Service = async (call) => {
    asked++;
    return fails ? BROKEN : stage.service(call);
  };
  const climb: Service = async (call) => {
    const outcome = await live(call);
    return outcome.type === "failure" && always ? ticket(jobs.desk, TERMS)(call) : outcome;
  };
  const below = givesTickets ? respondAsync(jobs.desk, TERMS, 600_000, stage.clock)(climb) : climb;
  const service = idempotency(jobs.desk, givesTickets)(below);
  const ask = async (members: Partial<Omit<Call, "request">> = {}, text = "x") => {
    const outcome = await stage.clock.run(service(asking(text, { ...KEYED, ...members })));
    if (outcome.type !== "answer") return outcome;
    while ((await stage.clock.run(outcome.stream.read())).type === "batch");
    await stage.clock.advance(1);
    return outcome;
  };
  return { ...stage, jobs, ask, asked: () => asked };
}

const idOf = (outcome: Outcome) => (outcome.type === "accepted" ? outcome.jobId : outcome.type);

describe("a repeat", () => {
  test.each([true, false])("gets the first answer, on a route with tickets: %s", async (givesTickets) => {
    const { ask, asked } = route({ givesTickets });
    expect((await ask()).type).toBe("answer");
    expect((await ask()).type).toBe("answer");
    expect(asked()).toBe(1);
    expect(await ask({}, "y")).toMatchObject({ kind: "caller", code: "idempotency_mismatch" });
  });

  test("gets the first answer where callers bring their own keys for the provider", async () => {
    const { ask, asked } = route();
    await ask({ callerKey: "sk-own" });
    await ask({ callerKey: "sk-own" });
    expect(asked()).toBe(1);
  });

  test("on a route without tickets it does so for those too who would rather have one", async () => {
    const { ask, asked } = route({ givesTickets: false });
    await ask({ respondAsync: { waitMs: 0 } });
    await ask({ respondAsync: { waitMs: 0 } });
    expect(asked()).toBe(1);
  });

  test("gets the first ticket, however it asks the second time", async () => {
    const { ask, asked } = route();
    const first = await ask({ respondAsync: { waitMs: 0 } });
    expect(first.type).toBe("accepted");
    expect(idOf(await ask({ respondAsync: { waitMs: 0 } }))).toBe(idOf(first));
    expect(idOf(await ask())).toBe(idOf(first));
    expect(idOf(await ask({ respondAsync: { waitMs: 5_000 } }))).toBe(idOf(first));
    expect(asked()).toBe(0);
  });

  test("who was answered is not given a ticket for it later", async () => {
    const { ask, asked } = route();
    await ask();
    expect((await ask({ respondAsync: { waitMs: 0 } })).type).toBe("answer");
    expect((await ask({ respondAsync: { waitMs: 5_000 } })).type).toBe("answer");
    expect(asked()).toBe(1);
  });

  test("who was answered within the wait is answered so again; whose wait ended has the ticket", async () => {
    const { ask, asked, jobs } = route();
    expect((await ask({ respondAsync: { waitMs: 5_000 } })).type).toBe("answer");
    expect((await ask({ respondAsync: { waitMs: 5_000 } })).type).toBe("answer");
    expect(asked()).toBe(1);
    const other = { idempotencyKey: "order-2", respondAsync: { waitMs: 10 } };
    const ticket = await ask(other);
    expect(ticket.type).toBe("accepted");
    expect(idOf(await ask(other))).toBe(idOf(ticket));
    expect((await jobs.list({ limit: 9 })).jobs).toHaveLength(1);
  });

  test("the ticket that came unasked, in place of an answer, is the same one the second time", async () => {
    const { ask, asked, jobs } = route({ always: true, fails: true });
    const first = await ask();
    expect(first.type).toBe("accepted");
    expect(idOf(await ask())).toBe(idOf(first));
    expect(asked()).toBe(1);
    expect((await jobs.list({ limit: 9 })).jobs).toHaveLength(1);
  });

  test("a job that runs is not held up by the key of its own request", async () => {
    const { ask, asked } = route();
    await ask({ ticketed: true });
    await ask({ ticketed: true });
    expect(asked()).toBe(2);
  });
});
