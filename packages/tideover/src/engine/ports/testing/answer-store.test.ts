import { describe, expect, test } from "vitest";
import { readStoredAnswer } from "../answer-store.ts";
import { ANSWER_STORE_CONFORMANCE, QUESTION_VECTOR_CONFORMANCE, storedAnswer } from "./answer-store-conformance.ts";
import { MemoryAnswerStore } from "./memory-answer-store.ts";

describe("the store in memory", () => {
  test.each(ANSWER_STORE_CONFORMANCE)("$name", async ({ run }) => {
    await run({ store: new MemoryAnswerStore(() => 1_000_000), now: () => 1_000_000 });
  });

  test.each(QUESTION_VECTOR_CONFORMANCE)("$name", async ({ run }) => {
    await run({ store: new MemoryAnswerStore(() => 1_000_000), now: () => 1_000_000 });
  });
});

describe("what was kept is read back", () => {
  const answer = storedAnswer(1_000);

  test("as the answer it was", () => {
    expect(readStoredAnswer(JSON.parse(JSON.stringify(answer)))).toEqual(answer);
  });

  test.each<[string, unknown]>([
    ["null", null],
    ["a text", "{}"],
    ["another version", { ...answer, version: 2 }],
    ["no tenant", { ...answer, tenant: undefined }],
    ["a time that is no number", { ...answer, freshUntil: null }],
    ["no events", { ...answer, events: [] }],
    ["events that are no texts", { ...answer, events: [{}] }],
    ["no origin", { ...answer, origin: null }],
  ])("unless it is %s", (_what, kept) => {
    expect(readStoredAnswer(kept)).toBeUndefined();
  });
});
