import { parseDuration } from "tideover/config";
import { beforeEach, describe, vi } from "vitest";
import type { Stage, StageOptions } from "../harness/stage.ts";
import { edgeStage } from "./edge-stage.ts";
import { findRuntime } from "./find-runtime.ts";

/**
 * The suites of the gateway that speak to it over its address only, and so to any other that is to behave alike: here
 * to the edge handler in workerd.
 */
vi.mock("../harness/stage.ts", async (original) => ({
  ...(await original<typeof import("../harness/stage.ts")>()),
  stage: stageInWorkerd,
}));

const program = vi.hoisted(() => ({ path: undefined as string | undefined }));
program.path = findRuntime("workerd");

async function stageInWorkerd(options: StageOptions): Promise<Stage> {
  if (program.path === undefined) throw new Error("These suites are skipped where workerd is missing.");
  const stage = await edgeStage({ ...options, routes: options.routes.map(patient), program: program.path });
  const { url, upstreams } = stage;
  return {
    url,
    upstreams,
    [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose](),
    get gateway(): never {
      throw new Error("There is no gateway in this process; a suite that looks into one cannot be run here.");
    },
  };
}

// Each suite starts a runtime of its own, on a machine that may have other things to do; and few ask it at a time.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000, maxConcurrency: 4 });

/** How much longer than in the gateway's own suites a provider may be silent where no deadline stands against it. */
const PATIENCE_FACTOR = 5;
/** Deadlines from here on leave room for that, in ms. */
const LONG_DEADLINE_MS = 10_000;

/** A route whose timers a busy machine cannot run down. */
function patient(route: StageOptions["routes"][number]): StageOptions["routes"][number] {
  const { firstToken, gap, deadline } = route;
  if (deadline !== undefined && msOf(deadline) < LONG_DEADLINE_MS) return route;
  const stretched = (time: string) => `${msOf(time) * PATIENCE_FACTOR}ms`;
  return {
    ...route,
    ...(firstToken === undefined ? {} : { firstToken: stretched(firstToken) }),
    ...(gap === undefined ? {} : { gap: stretched(gap) }),
  };
}

function msOf(time: string): number {
  const parsed = parseDuration(time);
  if ("problem" in parsed) throw new Error(parsed.problem);
  return parsed.value;
}

/** What is otherwise here, by suite and test, and why. */
const OTHERWISE: readonly (readonly [suite: string, test: RegExp, why: string])[] = [
  ["a client that leaves", /./, "it bounds by 100 ms what takes a write to be noticed here; see `edge.test.ts`"],
  ["before the first token: huge-headers", /./, "workerd takes headers of that size, and so the answer is good"],
  ...["silence", "late-first-token", "keep-alive-only", "comment-flood", "role-then-silence", "stall-0"].map(
    (fault) =>
      [
        `before the first token: ${fault}`,
        /./,
        "it measures the timer that is stretched here; see `edge.test.ts`",
      ] as const,
  ),
];

beforeEach(({ task, skip }) => {
  const otherwise = OTHERWISE.find(([suite, name]) => task.suite?.name === suite && name.test(task.name));
  if (otherwise !== undefined) skip(otherwise[2]);
});

// Timers of some hundred ms are met late where the machine is busy; what really differs fails every time.
describe.skipIf(program.path === undefined)("in workerd", { retry: 2 }, () => {
  describe("chat and streams, by OpenAI's client", async () => {
    await import("../clients/openai.test.ts");
  });
  describe("messages, by Anthropic's client", async () => {
    await import("../clients/anthropic.test.ts");
  });
  describe("continuation", async () => {
    await import("../gateway/continuation.test.ts");
  });
  describe("faults and failover", async () => {
    await import("../gateway/faults.test.ts");
  });
  describe("cache", async () => {
    await import("../gateway/cache.test.ts");
  });
});
