import { expectedAnswer, type UpstreamServerOptions } from "@tideover/simulator";
import type { JsonObject } from "tideover/engine";
import { FAST, type Stage, stage } from "./stage.ts";

/** A simulated provider that takes its time, so that a caller can leave in the middle of an answer. */
export const SLOW: UpstreamServerOptions = { profile: "faults", pacing: { tokensPerSecond: 100, jitter: 0 } };

/** A question whose answer takes a {@link SLOW} provider four seconds. */
export const LONG_QUESTION = "Tell me everything about tides 潮汐. sim_output_tokens=400";

/** A question that is answered in about sixty tokens. */
export const QUESTION = "How high is the tide in Qingdao 青岛 today?";

/** What the weather tool of these tests gives back, whatever it is asked. */
export const TOOL_RESULT = '{"level":"2.4 m","rising":true}';

/** A tool's parameters as JSON Schema. */
export const TOOL_PARAMETERS = {
  type: "object",
  properties: { city: { type: "string" }, days: { type: "integer", minimum: 1, maximum: 7 } },
  required: ["city", "days"],
  additionalProperties: false,
} as const;

/** A tool in OpenAI's form. */
export const TOOL = {
  type: "function",
  function: { name: "tide_level", description: "Level of the tide.", parameters: TOOL_PARAMETERS },
} as const;

/** A conversation of one question. */
export function asking(question: string): JsonObject[] {
  return [{ role: "user", content: question }];
}

/** What a sound provider answers to a question, given the rest of the request's body. */
export function answerTo(question: string, more: JsonObject = {}): ReturnType<typeof expectedAnswer> {
  return expectedAnswer({ model: "sim-chat", messages: asking(question), ...more });
}

/**
 * A gateway for real clients: `sim-chat` and `sim-reasoner` are sound, `slow-chat` takes its time, `fault-<name>` has
 * that fault and nothing to fall back on. No route takes any other model.
 */
export function clientStage(): Promise<Stage> {
  return stage({
    upstreams: { sound: FAST, slow: SLOW, faulty: FAST },
    providers: {
      sound: { models: { "sim-chat": "sim-chat", "sim-reasoner": "sim-reasoner" } },
      faulty: { breaker: "off" },
    },
    routes: [
      { name: "sound", model: "sim-*", ladder: ["sound"] },
      { name: "slow", model: "slow-*", ladder: ["slow"] },
      { name: "faulty", model: "fault-*", gap: "200ms", retry: "off", resume: "off", ladder: ["faulty"] },
    ],
  });
}
