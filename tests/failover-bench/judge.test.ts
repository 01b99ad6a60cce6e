import { describe, expect, test } from "vitest";
import { judge } from "./judge.ts";
import { readReply } from "./read-reply.ts";
import type { Called, Measured, Scenario } from "./scenario.ts";

const plain: Scenario = { id: "T", title: "", fault: "", right: "", patienceMs: 1_000, checks: [] };
const whole: Called = { outcome: "success", content: "all", usage: true, ms: 1, index: 0, sentAtMs: 0, complete: true };
const part: Called = { ...whole, content: "a", complete: false };
const flagged: Called = { ...part, outcome: "error", error: "cut" };
const hung: Called = { ...part, outcome: "hang" };

function measured(...calls: Called[]): Measured {
  return { calls, attempts: [], ms: 1, aliveAfter: true };
}
const never = (advisory: boolean) => ({ ...plain, checks: [{ name: "never", advisory, holds: () => false }] });

test.each([
  ["a whole answer", plain, [whole], "pass"],
  ["a whole answer, an advisory check broken", never(true), [whole], "partial"],
  ["a whole answer, a required check broken", never(false), [whole], "fail"],
  ["an error", plain, [flagged], "safe"],
  ["an error, an advisory check broken", never(true), [flagged], "safe"],
  ["an error, a required check broken", never(false), [flagged], "fail"],
  ["a part passed as whole", plain, [part], "fail"],
  ["no end", plain, [hung], "fail"],
  ["one error among answers", plain, [whole, flagged], "safe"],
  ["one part among answers", plain, [whole, part], "fail"],
  ["an error that is right", { ...plain, ideal: "error" }, [flagged], "pass"],
  ["an answer where an error is right", { ...plain, ideal: "error" }, [whole], "partial"],
  ["answers and errors where both are right", { ...plain, ideal: "mixed" }, [whole, flagged], "pass"],
  ["a part passed as whole where both are right", { ...plain, ideal: "mixed" }, [part, flagged], "fail"],
  ["a broken check where both are right", { ...never(false), ideal: "mixed" }, [whole, flagged], "fail"],
  ["no end where an error is right", { ...plain, ideal: "error" }, [hung], "fail"],
] as const)("%s", (_name, scenario: Scenario, calls, verdict) => {
  expect(judge(scenario, measured(...calls)).verdict).toBe(verdict);
});

describe("a reply as the bench's client reads it", () => {
  const stream = { status: 200, contentType: "text/event-stream; charset=utf-8" };
  const chunk = (content: string) => `data: {"model":"m","choices":[{"delta":{"content":"${content}"}}]}\n\n`;

  test("a stream up to [DONE], comments and empty choices aside", () => {
    const usage = 'data: {"choices":[],"usage":{"total_tokens":1}}\n\n';
    const reply = readReply({ ...stream, text: `: hi\n\n${chunk("a")}${chunk("b")}${usage}data: [DONE]\n\n` });
    expect(reply).toEqual({ outcome: "success", content: "ab", model: "m", usage: true });
  });

  test("a stream that just ends claims success", () => {
    expect(readReply({ ...stream, text: chunk("a") }).outcome).toBe("success");
  });

  test("an error event, and a broken connection, are errors", () => {
    expect(readReply({ ...stream, text: `${chunk("a")}data: {"error":{"message":"cut"}}\n\n` })).toMatchObject({
      outcome: "error",
      content: "a",
      error: "cut",
    });
    expect(readReply({ ...stream, text: chunk("a"), broken: "reset" }).outcome).toBe("error");
  });

  test("broken JSON is passed over", () => {
    expect(readReply({ ...stream, text: `${chunk("a")}data: {"cho\n\n${chunk("b")}` }).content).toBe("ab");
  });

  test("documents: an answer, an error in a 200, an error status, nothing", () => {
    const json = { contentType: "application/json" };
    const answer = '\n\n{"model":"m","choices":[{"message":{"content":"ab"}}],"usage":{}}';
    expect(readReply({ ...json, status: 200, text: answer })).toMatchObject({ outcome: "success", content: "ab" });
    expect(readReply({ ...json, status: 200, text: '{"error":{"message":"no"}}' }).error).toBe("no");
    expect(readReply({ ...json, status: 503, text: '{"error":{"message":"no"}}' }).error).toBe("HTTP 503: no");
    expect(readReply({ ...json, status: 200, text: "\n\n" }).outcome).toBe("error");
  });
});
