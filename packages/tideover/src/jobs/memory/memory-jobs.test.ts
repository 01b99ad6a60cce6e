import { describe, expect, test } from "vitest";
import { JOB_QUEUE_SUITE } from "../../engine/ports/testing/job-queue-suite.ts";
import { JOB_STORE_SUITE } from "../../engine/ports/testing/job-store-suite.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import { FairTurns } from "./fair-turns.ts";
import { MemoryJobQueue } from "./memory-job-queue.ts";
import { MemoryJobStore } from "./memory-job-store.ts";

describe("the store in memory", () => {
  test.each(JOB_STORE_SUITE)("$name", ({ run }) => run(new MemoryJobStore()));

  test("it takes no more than its bound", async () => {
    const store = new MemoryJobStore({ most: 0 });
    const job = { id: "j", kind: "ticket", tenant: "t", operation: "chat", model: "m", priority: 6 } as const;
    const times = { createdAt: 0, notBefore: 0, expiresAt: 9 };
    expect(await store.accept({ ...job, ...times, request: new Uint8Array() })).toEqual({ type: "full", limit: 0 });
  });
});

describe("the queue in memory", () => {
  test.each(JOB_QUEUE_SUITE)("$name", ({ run }) => {
    const clock = new VirtualClock();
    return clock.run(run(new MemoryJobQueue(clock)));
  });
});

test("a tenant that has been served is forgotten", () => {
  const turns = new FairTurns();
  const first = [turns.next("a"), turns.next("a"), turns.next("b")];
  expect(first).toEqual([1, 2, 1]);
  turns.serve(2);
  expect(turns.next("b")).toBe(3);
});
