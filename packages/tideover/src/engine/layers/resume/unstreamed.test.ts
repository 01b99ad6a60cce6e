import { describe, expect, test } from "vitest";
import { testCall, textEvent } from "../../../testing/index.ts";
import { streamOf, WHOLE } from "../../answer-stream.ts";
import { answerFrom, cut, run } from "./testing/resume-harness.ts";

describe("unstreamed", () => {
  const unstreamed = () => testCall({ request: { stream: false }, deadline: 30_000 });

  test("the rest is asked for within the call's own deadline, and the answer is whole", async () => {
    const { text, calls, call } = await run(
      (at) => [answerFrom(at, "a", ["One"], cut), answerFrom(at, "b", ["… two"], WHOLE)],
      unstreamed(),
    );
    expect(text).toBe("One two");
    expect(calls[1]).toMatchObject({ deadline: 30_000, request: { continuation: { restart: false } } });
    expect(call.trace.seams).toHaveLength(1);
  });

  test("what cannot be continued is begun anew, once", async () => {
    const { text, calls } = await run(
      (at) => [
        answerFrom(at, "a", ["One"], cut),
        answerFrom(at, "b", ["Anew"], WHOLE),
        { ...answerFrom(at, "b", [], WHOLE), stream: streamOf([textEvent("One two")]) },
      ],
      unstreamed(),
    );
    expect(text).toBe("One two");
    expect(calls[2]).toMatchObject({ avoid: ["a"], extra: true, request: { stream: false } });
    expect(calls[2]?.request.continuation).toBeUndefined();
  });

  test("begun anew after a continuation that broke, it has no seam", async () => {
    const { text, call } = await run(
      (at) => [
        answerFrom(at, "a", ["One"], cut),
        answerFrom(at, "b", ["… two"], cut),
        answerFrom(at, "c", ["Anew"], WHOLE),
      ],
      unstreamed(),
    );
    expect([text, call.trace.seams]).toEqual(["Anew", []]);
  });

  test("begun anew and broken again, it is interrupted", async () => {
    const { outcome, calls } = await run(
      (at) => [answerFrom(at, "a", ["tool"], cut), answerFrom(at, "b", ["tool"], cut)],
      unstreamed(),
    );
    expect(outcome).toMatchObject({ type: "failure", code: "stream_interrupted", committed: false });
    expect(calls).toHaveLength(2);
  });
});
