import { type CallRequest, isJsonObject } from "../engine/index.ts";

/**
 * Model names that think unless told not to: DeepSeek's from V4 on (the API page: `thinking` is enabled by default),
 * its reasoner and R1 names, and others that say so in their name.
 */
const THINKING_MODELS = /reasoner|thinking|[-_/]r1\b|deepseek-flash|deepseek-v4|deepseek-v[5-9]|qwq/i;

/** Whether a request makes the model reason before it answers, so that the first token may take longer. */
export function thinksFirst({ body, model }: CallRequest): boolean {
  const { thinking, enable_thinking: enabled, reasoning_effort: effort } = body;
  if (isJsonObject(thinking) && typeof thinking.type === "string") return thinking.type !== "disabled";
  if (typeof enabled === "boolean") return enabled;
  if (typeof effort === "string") return effort !== "none";
  return THINKING_MODELS.test(model);
}
