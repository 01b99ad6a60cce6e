import { describe, expect, test } from "vitest";
import { drain, scriptedService, testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { WHOLE } from "../../answer-stream.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Outcome } from "../../outcome.ts";
import { resume } from "./resume.ts";
import { answerFrom, form } from "./testing/resume-harness.ts";

describe("an answer that another process began", () => {
  const origin = { rung: "live", provider: "a", degraded: false } as const;
  const begunCall = (stream: boolean) =>
    testCall({ begun: { origin, events: [textEvent("One ")] }, request: { stream }, startedAt: 0 });

  async function rest(outcomes: (clock: VirtualClock) => Outcome[], options: { stream?: boolean; most?: number } = {}) {
    const clock = new VirtualClock();
    const { service, calls } = scriptedService(outcomes(clock));
    const { stream = true, most = 1 } = options;
    const layer = resume({ continuation: form, perRequest: most, totalMs: 60_000 }, { clock, random: seededRandom(1) });
    const outcome = await layer(service)(begunCall(stream));
    const read = outcome.type === "answer" ? await clock.run(drain(outcome.stream)) : undefined;
    return { outcome, calls, read };
  }

  test.each([true, false])(
    "is given with its rest (streamed: %s), and that is asked for as a continuation",
    async (stream) => {
      const { outcome, calls, read } = await rest((at) => [answerFrom(at, "b", ["…two"], WHOLE)], { stream });
      expect(outcome).toMatchObject({ type: "answer", origin });
      expect(read).toEqual({ text: "One two", ending: WHOLE });
      expect(calls).toHaveLength(1);
      expect(calls[0]).toMatchObject({ extra: true, avoid: ["a"], deadline: stream ? 60_000 : 120_000 });
      expect(calls[0]?.begun).toBeUndefined();
    },
  );

  test("is interrupted where nobody can finish it, and never begun anew", async () => {
    const { read, calls } = await rest((at) => [answerFrom(at, "b", ["Something else"], WHOLE)]);
    expect(read?.ending).toMatchObject({
      failure: { reason: "leader-lost", code: "stream_interrupted", committed: true },
    });
    expect(read?.text).toBe("One ");
    expect(calls).toHaveLength(1);
    const off = await rest(() => [], { most: 0 });
    expect(off.outcome).toMatchObject({
      kind: "fault",
      reason: "leader-lost",
      message: "The process that made this answer is gone.",
      code: "stream_interrupted",
      provider: "a",
    });
  });
});
