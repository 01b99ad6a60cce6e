import { expect, test } from "vitest";
import { hasEnded, readTicket } from "./ticket.ts";

const OWN = { key: "anchor", url: "https://ai.example.com/v1/jobs/job_1?expires=1&signature=s" };

test("a job's document becomes a ticket", () => {
  expect(readTicket(OWN, { object: "job", status: "queued", estimated_completion_at: 1_700_000_000 })).toEqual({
    ...OWN,
    status: "queued",
    estimatedCompletionAt: 1_700_000_000_000,
  });
  const body = { choices: [] };
  expect(readTicket(OWN, { object: "job", status: "succeeded", response: { status_code: 200, body } })).toEqual({
    ...OWN,
    status: "succeeded",
    answer: body,
  });
  const error = { code: "ladder_exhausted", message: "No rung answered." };
  expect(readTicket(OWN, { object: "job", status: "failed", error, response: { status_code: 503, body } })).toEqual({
    ...OWN,
    status: "failed",
    error,
  });
});

test("what is no such document is not read", () => {
  for (const other of [undefined, "job", { status: "queued" }, { object: "job", status: "lost" }]) {
    expect(readTicket(OWN, other)).toBeUndefined();
  }
});

test("a ticket has ended when nothing more comes of it", () => {
  const all = ["queued", "running", "succeeded", "failed", "expired", "cancelled", "unknown"] as const;
  expect(all.filter((status) => hasEnded({ status }))).toEqual(all.slice(2));
});
