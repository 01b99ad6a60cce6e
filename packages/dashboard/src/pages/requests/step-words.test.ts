import { describe, expect, test } from "vitest";
import type { WaterfallSpan } from "../../api/types.ts";
import { becameOf, stepName } from "./step-words.ts";
import { requestsWords } from "./words.ts";

const attempt: WaterfallSpan = { kind: "attempt", name: "box", start: 0, end: 9, outcome: "answered" };
const summary: WaterfallSpan = { ...attempt, purpose: "summary" };

describe("an attempt for a summary says so, in both languages", () => {
  test.each([
    ["en", "attempt: summary of the conversation", "summary of the conversation: answered"],
    ["zh", "尝试: 对话摘要", "对话摘要: 已回答"],
  ] as const)("%s", (language, name, became) => {
    const text = requestsWords[language];
    expect(stepName(summary, text)).toBe(name);
    expect(becameOf(summary, text)).toBe(became);
    expect(becameOf({ ...summary, outcome: "overloaded", reason: "http-429" }, text)).toMatch(/: http-429$/);
  });
});

test("other steps are told by what they are, and how they ended", () => {
  const text = requestsWords.en;
  expect([stepName(attempt, text), becameOf(attempt, text)]).toEqual(["attempt", "answered"]);
  expect(becameOf({ kind: "hedge", name: "box", start: 0, end: 0 }, text)).toBe("second provider asked");
  expect(becameOf({ kind: "outcome", name: "", start: 0, end: 0 }, text)).toBe("");
});
