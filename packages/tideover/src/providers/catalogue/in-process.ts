import { definePreset, type Preset } from "./preset.ts";

/** The address that a provider without one has: nothing is ever sent there. */
export const IN_PROCESS_BASE_URL = "in-process:";

/**
 * A model in the gateway's own process, through ONNX Runtime. It has no host and no address, so it is not among the
 * hosts of the catalogue; whoever composes the runtime gives the adapter.
 */
export const inProcess: Preset = definePreset({
  preset: "onnx",
  title: "A model in this process (ONNX Runtime)",
  apiKeyEnvironment: [],
  auth: "none",
  operations: ["chat"],
  // It answers one call at a time; the others wait in our own queue, by priority.
  limits: { concurrency: 1 },
  continuation: { mode: "message-prefix", evidence: "verified", reasoning: true },
  streamsUsage: true,
  upstream: "stream",
  degraded: true,
  lacks: ["tools", "images", "audio", "schema", "choices", "logprobs"],
  local: true,
  inProcess: true,
});
