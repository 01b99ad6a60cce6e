import { FLASH_NAMES, PRO_NAMES } from "./generic-names.ts";
import { type Continuation, definePreset, type ErrorRule, type Preset } from "./preset.ts";

/** Context of DeepSeek V4 as published by its makers, 2026-04-24. */
const V4_CONTEXT_TOKENS = 1_000_000;

/** No prefix of any kind is documented at these hosts (their chat completion references, 2026). */
const NO_PREFIX: Continuation = { mode: "instruction", evidence: "assumed" };

/** Together's error codes page: 403 says that prompt and max_tokens exceed the context. */
const TOGETHER_ERRORS: readonly ErrorRule[] = [
  { status: [403], message: /token|context length/i, kind: "caller", reason: "context-too-long" },
];

/** Anthropic's error page: a model that the account has not is 404; another provider may have it. */
const ANTHROPIC_ERRORS: readonly ErrorRule[] = [
  { status: [404], type: /not_found_error/, kind: "incompatible", reason: "model-not-found" },
];

/** Hosts outside China, and marketplaces. */
export const GLOBAL_HOSTS: readonly Preset[] = [
  definePreset({
    preset: "azure",
    title: "Azure AI Foundry",
    baseUrl: "https://{resource}.services.ai.azure.com/openai/v1",
    apiKeyEnvironment: ["AZURE_API_KEY"],
    auth: "api-key",
    models: [
      { id: "DeepSeek-V3.1", aliases: ["deepseek-chat"] },
      { id: "DeepSeek-R1", aliases: ["deepseek-reasoner"] },
    ],
    // Foundry quotas page for DeepSeek models, 2026.
    limits: { requestsPerMinute: 5_000, tokensPerMinute: 5_000_000, concurrency: 300 },
    continuation: NO_PREFIX,
    streamsUsage: true,
    upstream: "stream",
    refusesFields: ["metadata"],
    thinking: "unsupported",
    reasoningHistory: "strip",
  }),
  definePreset({
    preset: "bedrock",
    title: "Amazon Bedrock",
    baseUrl: "https://bedrock-runtime.{region}.amazonaws.com/openai/v1",
    apiKeyEnvironment: ["AWS_BEARER_TOKEN_BEDROCK"],
    models: [
      { id: "deepseek.v3.2", aliases: ["deepseek-chat"] },
      { id: "us.deepseek.r1-v1:0", aliases: ["deepseek-reasoner"] },
    ],
    continuation: NO_PREFIX,
    // It reads the body strictly: an unknown field is an error ("unknown variant").
    refusesFields: ["metadata"],
    thinking: "unsupported",
    reasoningHistory: "strip",
  }),
  definePreset({
    preset: "nvidia",
    title: "NVIDIA NIM",
    baseUrl: "https://integrate.api.nvidia.com/v1",
    apiKeyEnvironment: ["NVIDIA_API_KEY"],
    models: [{ id: "deepseek-ai/deepseek-v4-flash", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS }],
    streamsUsage: true,
    upstream: "stream",
    thinking: "chat-template",
  }),
  definePreset({
    preset: "together",
    title: "Together AI",
    baseUrl: "https://api.together.ai/v1",
    apiKeyEnvironment: ["TOGETHER_API_KEY"],
    models: [
      { id: "deepseek-ai/DeepSeek-V4-Pro", aliases: PRO_NAMES, contextTokens: V4_CONTEXT_TOKENS },
      { id: "deepseek-ai/DeepSeek-V3.1", aliases: ["deepseek-chat"] },
      { id: "deepseek-ai/DeepSeek-R1", aliases: ["deepseek-reasoner"], reasoningHistory: "strip" },
    ],
    continuation: NO_PREFIX,
    streamsUsage: true,
    upstream: "stream",
    errorRules: TOGETHER_ERRORS,
  }),
  definePreset({
    preset: "fireworks",
    title: "Fireworks AI",
    baseUrl: "https://api.fireworks.ai/inference/v1",
    apiKeyEnvironment: ["FIREWORKS_API_KEY"],
    models: [
      { id: "accounts/fireworks/models/deepseek-v4-flash", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS },
      // Without max_tokens an answer ends at 32,768 tokens (Fireworks documents, 2026).
      { id: "accounts/fireworks/models/deepseek-v4-pro", aliases: PRO_NAMES, contextTokens: V4_CONTEXT_TOKENS },
    ],
    streamsUsage: true,
    upstream: "stream",
  }),
  definePreset({
    preset: "openrouter",
    title: "OpenRouter",
    baseUrl: "https://openrouter.ai/api/v1",
    apiKeyEnvironment: ["OPENROUTER_API_KEY"],
    models: [{ id: "deepseek/deepseek-v4.1-flash", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS }],
    continuation: {
      mode: "bare-assistant",
      evidence: "assumed",
      // Forwarded, and honoured by some of the hosts behind it only.
    },
    streamsUsage: true,
    upstream: "stream",
    // Its errors carry the HTTP status as a number in `code`, in the body and inside a stream: the general rules read it.
  }),
  definePreset({
    preset: "sambanova",
    title: "SambaNova",
    baseUrl: "https://api.sambanova.ai/v1",
    apiKeyEnvironment: ["SAMBANOVA_API_KEY"],
    models: [
      { id: "DeepSeek-V3.1", aliases: ["deepseek-chat"] },
      // A preview with a short context (SambaNova model page, 2026).
      { id: "DeepSeek-V3.2", contextTokens: 32_000 },
    ],
  }),
  definePreset({
    preset: "novita",
    title: "Novita AI",
    baseUrl: "https://api.novita.ai/openai",
    apiKeyEnvironment: ["NOVITA_API_KEY"],
    models: [{ id: "deepseek/deepseek-v4-flash", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS }],
  }),
  definePreset({
    preset: "deepinfra",
    title: "DeepInfra",
    baseUrl: "https://api.deepinfra.com/v1/openai",
    apiKeyEnvironment: ["DEEPINFRA_API_KEY", "DEEPINFRA_TOKEN"],
  }),
  definePreset({
    preset: "nebius",
    title: "Nebius Token Factory",
    baseUrl: "https://api.tokenfactory.nebius.com/v1",
    apiKeyEnvironment: ["NEBIUS_API_KEY"],
  }),
  definePreset({
    preset: "baseten",
    title: "Baseten",
    baseUrl: "https://inference.baseten.co/v1",
    apiKeyEnvironment: ["BASETEN_API_KEY"],
  }),
  definePreset({
    preset: "gmi",
    title: "GMI Cloud",
    baseUrl: "https://api.gmi-serving.com/v1",
    apiKeyEnvironment: ["GMI_API_KEY"],
  }),
  definePreset({
    preset: "huggingface",
    title: "Hugging Face Inference Providers",
    baseUrl: "https://router.huggingface.co/v1",
    apiKeyEnvironment: ["HF_TOKEN"],
  }),
  definePreset({
    preset: "ollama-cloud",
    title: "Ollama Cloud",
    baseUrl: "https://ollama.com/v1",
    apiKeyEnvironment: ["OLLAMA_API_KEY"],
    streamsUsage: true,
    upstream: "stream",
  }),
  definePreset({
    preset: "digitalocean",
    title: "DigitalOcean Inference",
    baseUrl: "https://inference.do-ai.run/v1",
    apiKeyEnvironment: ["DIGITALOCEAN_INFERENCE_KEY"],
  }),
  definePreset({
    preset: "chutes",
    title: "Chutes",
    baseUrl: "https://llm.chutes.ai/v1",
    apiKeyEnvironment: ["CHUTES_API_KEY"],
    // models.dev on Chutes, 2026-08-03: forwarded to the model's chat template.
    thinking: "chat-template",
  }),
  definePreset({
    preset: "opencode-zen",
    title: "opencode zen",
    baseUrl: "https://opencode.ai/zen/v1",
    apiKeyEnvironment: ["OPENCODE_API_KEY"],
  }),
  // The next three had no DeepSeek model in the middle of 2026: of use as a fallback with another model.
  definePreset({
    preset: "groq",
    title: "Groq",
    baseUrl: "https://api.groq.com/openai/v1",
    apiKeyEnvironment: ["GROQ_API_KEY"],
    continuation: NO_PREFIX,
    // Groq's OpenAI compatibility page for log probabilities and bias; janhq/jan 8136 and others for the 400 on
    // `metadata` and on `reasoning_content`.
    refusesFields: ["metadata", "logprobs", "top_logprobs", "logit_bias"],
    thinking: "unsupported",
    reasoningHistory: "strip",
  }),
  definePreset({
    preset: "cerebras",
    title: "Cerebras",
    baseUrl: "https://api.cerebras.ai/v1",
    apiKeyEnvironment: ["CEREBRAS_API_KEY"],
    refusesFields: ["metadata"],
    thinking: "unsupported",
    // QwenLM/qwen-code 11045: 400 on `reasoning_content` for every model.
    reasoningHistory: "strip",
  }),
  definePreset({
    preset: "openai",
    title: "OpenAI",
    baseUrl: "https://api.openai.com/v1",
    apiKeyEnvironment: ["OPENAI_API_KEY"],
    continuation: NO_PREFIX,
    streamsUsage: true,
    upstream: "stream",
    // "The 'metadata' parameter is only allowed when 'store' is enabled."
    refusesFields: ["metadata"],
    thinking: "unsupported",
    reasoningHistory: "strip",
  }),
  definePreset({
    preset: "anthropic",
    title: "Anthropic",
    baseUrl: "https://api.anthropic.com/v1",
    apiKeyEnvironment: ["ANTHROPIC_API_KEY"],
    wire: "messages",
    operations: ["chat"],
    continuation: {
      mode: "instruction",
      evidence: "documented",
      // Models before Claude 4.6 also go on after a last assistant message: continuation: bare-assistant.
    },
    streamsUsage: true,
    upstream: "stream",
    reasoningHistory: "strip",
    errorRules: ANTHROPIC_ERRORS,
  }),
];
