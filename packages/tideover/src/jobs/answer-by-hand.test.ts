import { describe, expect, test } from "vitest";
import { asking, BROKEN, jobStage, TERMS } from "./testing/job-stage.ts";

const RESULT = { status: 200, body: '{"by":"hand"}' };

async function opened(stage: ReturnType<typeof jobStage>, works: boolean) {
  const announced: string[] = [];
  const announce = async (ended: readonly { id: string }[]) => {
    announced.push(...ended.map(({ id }) => id));
    return announced;
  };
  const { jobs, events } = stage.process({ works, announce });
  const outcome = await stage.clock.run(jobs.desk.open(asking("x"), TERMS));
  if (outcome.type !== "accepted") throw new Error("no job");
  return { id: outcome.jobId, jobs, events, announced };
}

describe("a person answers a job", () => {
  test("that waits: it ends as others do, and whoever wants to know is told", async () => {
    const stage = jobStage();
    const { id, jobs, events, announced } = await opened(stage, false);
    expect(await stage.clock.run(jobs.answerByHand(id, "test", RESULT))).toBe("answered");
    expect(await stage.store.find(id)).toMatchObject({ state: "succeeded", result: RESULT });
    await stage.clock.advance(10_000);
    expect(announced).toEqual([id]);
    expect(events.at(-1)).toMatchObject({ type: "job-ended", id, state: "succeeded" });
    expect(await stage.clock.run(jobs.answerByHand(id, "test", { ...RESULT, body: "{}" }))).toBe("ended");
  });

  test("that a worker asks for: the worker's answer is on its way", async () => {
    const stage = jobStage({ ms: 60_000 });
    const { id, jobs } = await opened(stage, true);
    await stage.clock.advance(2_000);
    expect(await stage.clock.run(jobs.answerByHand(id, "test", RESULT))).toBe("busy");
    await stage.clock.advance(60_000);
    expect((await stage.store.find(id))?.result?.body).toContain("echo x");
  });

  test("that failed for good", async () => {
    const stage = jobStage({ ms: 10, outcome: () => BROKEN });
    const { id, jobs } = await opened(stage, true);
    await stage.clock.advance(3_600_000);
    expect((await stage.store.find(id))?.state).toBe("failed");
    expect(await stage.clock.run(jobs.answerByHand(id, "test", RESULT))).toBe("answered");
    expect(await stage.store.find(id)).toMatchObject({ state: "succeeded", result: RESULT });
  });

  test("of another tenant, or none: there is none", async () => {
    const stage = jobStage();
    const { id, jobs } = await opened(stage, false);
    expect(await stage.clock.run(jobs.answerByHand(id, "other", RESULT))).toBe("missing");
    expect(await stage.clock.run(jobs.answerByHand("nowhere", "test", RESULT))).toBe("missing");
  });
});
