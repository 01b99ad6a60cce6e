import { describe, expect, test } from "vitest";
import { type Call, failure, type Outcome, type Service, streamOf } from "../engine/index.ts";
import { drain, textEvent } from "../testing/index.ts";
import { AnswerFolder } from "../wire/index.ts";
import { asking, BROKEN, echo, jobStage } from "./testing/job-stage.ts";

const KEYED = { idempotencyKey: "order-1" };

/** The text of an answer, whether it came whole or in chunks. */
async function textOf(outcome: Outcome): Promise<string> {
  if (outcome.type !== "answer") throw new Error(JSON.stringify(outcome));
  const folder = new AnswerFolder("chat");
  for (;;) {
    const next = await outcome.stream.read();
    if (next.type === "ending") break;
    for (const event of next.events) folder.add(event);
  }
  const { choices } = folder.result() as { choices?: { message: { content: string } }[] };
  return choices?.[0]?.message.content ?? "";
}

function office(outcomes: (call: Call, count: number) => Outcome, ms = 1_000) {
  const stage = jobStage({ ms, outcome: outcomes });
  const { jobs } = stage.process({ works: false });
  const once = (call: Call, service: Service = stage.service) => stage.clock.run(jobs.desk.once(call, service));
  return { ...stage, jobs, once };
}

const answer = (call: Call): Outcome => ({
  type: "answer",
  origin: { rung: "live", provider: "p", degraded: false },
  stream: streamOf(echo(call)),
});

describe("a request under an idempotency key, whose caller waits", () => {
  test("is asked once; its repeat gets the same answer", async () => {
    const { once, sent } = office(
      (call, count) => ({ ...answer(call), stream: streamOf([textEvent(`answer ${count}`, "stop")]) }) as Outcome,
    );
    expect(await textOf(await once(asking("x", KEYED)))).toBe("answer 0");
    const repeat = await once(asking("x", KEYED));
    expect(repeat).toMatchObject({ origin: { rung: "live", provider: "p", degraded: false } });
    expect(await textOf(repeat)).toBe("answer 0");
    expect(sent.length).toBe(1);
  });

  test("another request under the key is refused, another tenant's is not", async () => {
    const { once } = office(answer);
    await textOf(await once(asking("x", KEYED)));
    expect(await once(asking("y", KEYED))).toMatchObject({ kind: "caller", code: "idempotency_mismatch" });
    expect(await textOf(await once(asking("y", { ...KEYED, tenant: "bank" })))).toBe("echo y");
  });

  test("that is under way is waited for, not asked again", async () => {
    const { jobs, service, clock, sent } = office(answer, 3_000);
    const both = [jobs.desk.once(asking("x", KEYED), service), jobs.desk.once(asking("x", KEYED), service)];
    const first = clock.run(Promise.resolve(both[0]).then((outcome) => textOf(outcome as Outcome)));
    expect(await first).toBe("echo x");
    expect(await clock.run(Promise.resolve(both[1]).then((outcome) => textOf(outcome as Outcome)))).toBe("echo x");
    expect(sent.length).toBe(1);
  });

  test.each([
    ["a failure", BROKEN],
    ["a degraded answer", { type: "answer", origin: { rung: "template", degraded: true }, stream: streamOf([]) }],
  ] as [string, Outcome][])("%s is not kept: the next try may do better", async (_, bad) => {
    const { once, sent } = office((call, count) => (count === 0 ? bad : answer(call)));
    await once(asking("x", KEYED));
    expect(await textOf(await once(asking("x", KEYED)))).toBe("echo x");
    expect(sent.length).toBe(2);
  });

  test("an answer that is cut or left is not kept", async () => {
    const cut = failure("fault", "cut", "cut");
    const { once, clock } = office((call, count) =>
      count === 0
        ? ({ ...answer(call), stream: streamOf(echo(call), { type: "ending", failure: cut }) } as Outcome)
        : answer(call),
    );
    const first = await once(asking("x", KEYED));
    if (first.type === "answer") await drain(first.stream);
    await clock.advance(1);
    const second = await once(asking("x", KEYED));
    if (second.type === "answer") second.stream.cancel(cut);
    await clock.advance(1);
    expect(await textOf(await once(asking("x", KEYED)))).toBe("echo x");
  });

  test("that became a ticket is that ticket", async () => {
    const { once, jobs, clock } = office(answer);
    const ticket = await clock.run(jobs.desk.open(asking("x", KEYED), { expiresMs: 60_000 }));
    expect(await once(asking("x", KEYED))).toMatchObject({
      type: "accepted",
      jobId: ticket.type === "accepted" && ticket.jobId,
    });
  });

  test("with the store out it is answered all the same", async () => {
    const stage = jobStage({ outcome: answer });
    const { jobs } = stage.process({ works: false }, (store) =>
      Object.assign(Object.create(store), { accept: () => Promise.reject(new Error("disk full")) }),
    );
    expect(await textOf(await stage.clock.run(jobs.desk.once(asking("x", KEYED), stage.service)))).toBe("echo x");
  });

  test("a signal that aborts ends the wait", async () => {
    const { jobs, service, clock } = office(answer, 600_000);
    const abort = new AbortController();
    void jobs.desk.once(asking("x", KEYED), service);
    const waiting = jobs.desk.once(asking("x", { ...KEYED, signal: abort.signal }), service);
    await clock.advance(1_000);
    abort.abort();
    expect(await waiting).toMatchObject({ type: "failure", kind: "cancelled" });
  });
});
