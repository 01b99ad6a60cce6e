import { expect, test } from "vitest";
import { type FailureKind, failure } from "../engine/failure.ts";
import { newTrace } from "../engine/provenance.ts";
import { endingOf } from "./job-ending.ts";

const lacking = { provider: "small", outcome: "incompatible", ms: 0 } as const;
const busy = { provider: "large", outcome: "overloaded", ms: 10 } as const;

test.each<[string, FailureKind, readonly (typeof lacking | typeof busy)[], { asked: boolean; unfit: boolean }]>([
  ["nobody can serve", "incompatible", [lacking], { asked: false, unfit: true }],
  ["one is busy with, and another cannot serve", "overloaded", [busy, lacking], { asked: true, unfit: false }],
  ["one has no room for, and another cannot serve", "rejected", [lacking], { asked: false, unfit: false }],
  ["nobody has room for", "rejected", [], { asked: false, unfit: false }],
])("a job that %s", async (_what, kind, attempts, expected) => {
  const trace = newTrace();
  trace.attempts.push(...attempts);
  const facts = { operation: "chat", trace, signal: new AbortController().signal } as const;
  expect(await endingOf(failure(kind, "why", "Why."), facts)).toMatchObject({ type: "unavailable", ...expected });
});
