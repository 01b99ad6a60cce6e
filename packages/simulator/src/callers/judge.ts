import type { JsonObject } from "tideover/engine";
import type { TryRecord, Verdict } from "../scenario/call-record.ts";
import { expectedAnswer } from "../text/expected-answer.ts";
import type { Received } from "./client.ts";

/** Compares what a caller holds with what a healthy provider would have said. */
export function judge(body: JsonObject, { text, failure, finishReason }: Received, record: TryRecord): Verdict {
  if (failure !== undefined) {
    if (failure.kind === "cancelled") return "left";
    return text === "" ? "failed" : "flagged";
  }
  if (record.degraded === true && record.provider === undefined) return "degraded";
  // The provider's own verdict, which every caller is told.
  if (finishReason === "content_filter") return "flagged";
  const expected = expectedAnswer(body);
  if (text !== expected.content) return expected.content.startsWith(text) ? "truncated" : "garbled";
  record.tokens = expected.tokens;
  return record.degraded === true ? "degraded" : "right";
}
