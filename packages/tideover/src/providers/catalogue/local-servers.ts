import { type Continuation, definePreset, type Preset } from "./preset.ts";

/** vLLM and SGLang, OpenAI-compatible server pages: both flags together are refused with `add_generation_prompt: true`. */
const CONTINUE_FINAL_MESSAGE: Continuation = { mode: "continue-final-message", evidence: "documented" };

/** Servers of one's own, and what speaks OpenAI's form without being in this catalogue. */
export const LOCAL_SERVERS: readonly Preset[] = [
  definePreset({
    preset: "ollama",
    title: "Ollama",
    baseUrl: "http://localhost:11434/v1",
    apiKeyEnvironment: [],
    auth: "none",
    streamsUsage: true,
    upstream: "stream",
    thinking: "unsupported",
    // Ollama answers 400 `"<model>" does not support tools` (server/routes.go, model capabilities): another may.
    errorRules: [
      {
        status: [400],
        message: /does not support (tools|thinking|vision|images)/i,
        kind: "incompatible",
        reason: "not-supported",
      },
    ],
    degraded: true,
    local: true,
  }),
  definePreset({
    preset: "vllm",
    title: "vLLM",
    baseUrl: "http://localhost:8000/v1",
    apiKeyEnvironment: [],
    auth: "none",
    continuation: CONTINUE_FINAL_MESSAGE,
    streamsUsage: true,
    upstream: "stream",
    thinking: "chat-template",
    local: true,
  }),
  definePreset({
    preset: "sglang",
    title: "SGLang",
    baseUrl: "http://localhost:30000/v1",
    apiKeyEnvironment: [],
    auth: "none",
    continuation: CONTINUE_FINAL_MESSAGE,
    streamsUsage: true,
    upstream: "stream",
    thinking: "chat-template",
    local: true,
  }),
  definePreset({
    preset: "llama-cpp",
    title: "llama.cpp server",
    baseUrl: "http://localhost:8080/v1",
    apiKeyEnvironment: [],
    auth: "none",
    continuation: {
      mode: "bare-assistant",
      evidence: "documented",
      // Not together with enable_thinking: 400 then.
    },
    streamsUsage: true,
    upstream: "stream",
    thinking: "chat-template",
    degraded: true,
    local: true,
  }),
  definePreset({
    preset: "lm-studio",
    title: "LM Studio",
    baseUrl: "http://localhost:1234/v1",
    apiKeyEnvironment: [],
    auth: "none",
    degraded: true,
    local: true,
  }),
  definePreset({
    preset: "trtllm",
    title: "TensorRT-LLM (trtllm-serve)",
    baseUrl: "http://localhost:8000/v1",
    apiKeyEnvironment: [],
    auth: "none",
    local: true,
  }),
  definePreset({
    preset: "triton",
    title: "Triton Inference Server, OpenAI frontend",
    baseUrl: "http://localhost:9000/v1",
    apiKeyEnvironment: [],
    auth: "none",
    local: true,
  }),
  definePreset({
    preset: "kserve",
    title: "KServe v2 generate (Triton Inference Server)",
    baseUrl: "http://localhost:8000/v2",
    apiKeyEnvironment: [],
    auth: "none",
    wire: "kserve",
    operations: ["chat"],
    continuation: {
      mode: "message-prefix",
      evidence: "documented",
      // The prompt is written here, so that it simply ends with the text to go on from.
    },
    // Usage comes where the model gives it (vLLM's additional outputs); there is no way to ask for it.
    streamsUsage: true,
    upstream: "stream",
    thinking: "unsupported",
    // Triton, core/src/model_repository_manager: a model that is being loaded is "not at ready state" or "not ready".
    errorRules: [{ message: /not (at )?ready/i, kind: "overloaded", reason: "model-loading" }],
    lacks: ["tools", "images", "audio", "json", "schema", "choices", "logprobs"],
    local: true,
  }),
  definePreset({
    preset: "openai-compatible",
    title: "Any service with OpenAI's interface",
    apiKeyEnvironment: [],
    auth: "none",
  }),
  definePreset({
    preset: "tideover",
    title: "Another Tideover gateway",
    apiKeyEnvironment: [],
    auth: "none",
    streamsUsage: true,
    understandsDeadline: true,
  }),
];
