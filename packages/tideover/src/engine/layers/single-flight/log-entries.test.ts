import { expect, test } from "vitest";
import { textEvent } from "../../../testing/index.ts";
import { failure } from "../../failure.ts";
import type { AnswerForm } from "../../ports/answer-form.ts";
import type { Origin } from "../../provenance.ts";
import { eventEntries, originEntry, readEvents, readFailure, readOrigin } from "./log-entries.ts";

const origin: Origin = { rung: "live", provider: "a", model: "m", degraded: false };

test.each(["live", "alternate", "local"] as const)("an origin of the rung %s is read as it was written", (rung) => {
  expect(readOrigin(originEntry({ ...origin, rung }))).toEqual({ ...origin, rung });
});

test("only who answers is written, and no more of it", () => {
  const written = originEntry({ ...origin, continuation: "exact" } as unknown as Origin);
  expect(JSON.parse(written)).toEqual(origin);
});

test.each([
  ["no JSON", "{"],
  ["no object", '"live"'],
  ["nothing", "null"],
  ["a rung that makes no answers", JSON.stringify({ ...origin, rung: "template" })],
  ["no rung", JSON.stringify({ provider: "a", model: "m", degraded: false })],
  ["a degraded that is no truth value", JSON.stringify({ ...origin, degraded: "no" })],
])("an entry that is %s names nobody", (_what, entry) => {
  expect(readOrigin(entry)).toBeUndefined();
});

test("events are read in their order, and one that cannot be read makes the log unreadable", () => {
  const form: AnswerForm = {
    read: (text) => (text === "damaged" ? undefined : textEvent(text)),
    fold: () => textEvent(""),
    endedAs: () => true,
  };
  const read = readEvents(["one", "two"], form);
  expect(read).toEqual([textEvent("one"), textEvent("two")]);
  expect(eventEntries(read ?? [])).toEqual([textEvent("one").data, textEvent("two").data]);
  expect(readEvents(["one", "damaged", "two"], form)).toBeUndefined();
});

test("a failure is read as it was written; what cannot be read is a failure too", () => {
  const busy = failure("overloaded", "busy", "The provider is busy.", { retryAfterMs: 5 });
  expect(readFailure(JSON.stringify(busy))).toEqual(busy);
  for (const unreadable of ["{", "null", '{"kind":"unknown"}']) {
    expect(readFailure(unreadable)).toMatchObject({ type: "failure", kind: "fault", reason: "flight-failed" });
    expect(readFailure(unreadable).message).not.toBe("");
  }
});
