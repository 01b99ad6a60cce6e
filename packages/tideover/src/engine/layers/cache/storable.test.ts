import { expect, test } from "vitest";
import { testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerEvent, streamOf } from "../../answer-stream.ts";
import { EventLog } from "../../event-log.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer } from "../../outcome.ts";
import { STORED_ANSWER_VERSION } from "../../ports/answer-store.ts";
import type { RungName } from "../../provenance.ts";
import { ENTRY_OVERHEAD_BYTES } from "./defaults.ts";
import { eventTexts, keptAnswer } from "./kept-answer.ts";
import { isStorable, newEntry } from "./storable.ts";

const origin = { rung: "live", provider: "a", model: "upstream-m", degraded: false } as const;
const answer: Answer = { type: "answer", origin, stream: streamOf([]) };
const terms = { route: "r", tags: ["x"], freshMs: 1_000, staleMs: 5_000, generationMs: 70 };

test.each<[RungName, boolean, boolean]>([
  ["live", false, true],
  ["alternate", false, true],
  ["live", true, false],
  ["alternate", true, false],
  ["local", false, false],
  ["cache", false, false],
  ["stale", false, false],
  ["template", false, false],
])("an answer of the rung %s, degraded %s: storable %s", (rung, degraded, storable) => {
  expect(isStorable({ ...answer, origin: { ...origin, rung, degraded } })).toBe(storable);
});

test("an entry says whose it is, what it came from and how long it lasts", () => {
  const clock = new VirtualClock();
  const call = testCall({
    tenant: "t",
    cacheTerms: { noCache: false, noStore: false, onlyIfCached: false, tags: ["y", "x"] },
  });
  const entry = newEntry(call, answer, EventLog.of([textEvent("a"), textEvent("b", "stop")]), terms, {
    clock,
    random: { next: () => 0.5 } as ReturnType<typeof seededRandom>,
  });
  const now = clock.wallTime();
  expect(entry).toEqual({
    version: STORED_ANSWER_VERSION,
    tenant: "t",
    route: "r",
    model: call.request.model,
    tags: ["x", "y"],
    storedAt: now,
    freshUntil: now + 1_000,
    staleUntil: now + 5_000,
    generationMs: 70,
    origin: { provider: "a", model: "upstream-m" },
    streamed: true,
    events: [textEvent("a").data, textEvent("b", "stop").data],
  });
});

test("an entry is never stale before it stops being fresh", () => {
  const environment = { clock: new VirtualClock(), random: seededRandom(1) };
  const entry = newEntry(testCall(), answer, EventLog.of([]), { ...terms, staleMs: 0 }, environment);
  expect(entry.staleUntil).toBe(entry.storedAt + terms.freshMs);
});

test("what came as one document is not streamed; two of them, or one chunk, are", () => {
  const environment = { clock: new VirtualClock(), random: seededRandom(1) };
  const whole = { ...textEvent("a"), whole: true };
  const streamed = (events: readonly AnswerEvent[]) =>
    newEntry(testCall(), answer, EventLog.of(events), terms, environment).streamed;
  expect(streamed([whole])).toBe(false);
  expect(streamed([whole, whole])).toBe(true);
  expect(streamed([textEvent("a")])).toBe(true);
});

test("an entry in memory gives its texts back, and costs two bytes a unit beyond Latin-1", () => {
  const stored = newEntry(testCall({ tenant: "te" }), answer, EventLog.of([]), terms, {
    clock: new VirtualClock(),
    random: seededRandom(1),
  });
  const names = 2 * (stored.tenant.length + stored.route.length + stored.model.length + stored.tags.join().length);
  const plain = keptAnswer({ ...stored, events: ["one", "", "é\u007f"] });
  expect(eventTexts(plain)).toEqual(["one", "", "é\u007f"]);
  expect(plain.bytes).toBe("one\0\0é\u007f\0".length + names + ENTRY_OVERHEAD_BYTES);
  const wide = keptAnswer({ ...stored, events: ["潮"] });
  expect(eventTexts(wide)).toEqual(["潮"]);
  expect(wide.bytes).toBe(2 * "潮\0".length + names + ENTRY_OVERHEAD_BYTES);
  expect([plain.hits, plain.refreshNotBefore]).toEqual([0, Number.NEGATIVE_INFINITY]);
  expect(eventTexts(keptAnswer({ ...stored, events: [] }))).toEqual([]);
});
