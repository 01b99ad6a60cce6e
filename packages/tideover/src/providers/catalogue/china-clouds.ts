import { FLASH_NAMES, PRO_NAMES } from "./generic-names.ts";
import { definePreset, type ErrorRule, type Preset } from "./preset.ts";

/** Context of DeepSeek V4 as published by its makers, 2026-04-24. */
const V4_CONTEXT_TOKENS = 1_000_000;

/** Context of DeepSeek V3.1 and V3.2 as published by their makers, 2025. */
const V3_CONTEXT_TOKENS = 128_000;

/** Volcengine Ark's table of public error codes (docs 82379/1299023); its codes are sound. */
const ARK_ERRORS: readonly ErrorRule[] = [
  { code: /^ServerOverloaded/, kind: "overloaded", reason: "server-overloaded" },
  { code: /^RateLimitExceeded/, kind: "overloaded", reason: "rate-limited" },
  { code: /^AccountOverdueError|ServiceOverdue/, kind: "credential", reason: "account-overdue" },
  // The account has not switched the model on: nothing that the caller could mend.
  { code: /^ModelNotOpen|ServiceNotOpen|ModelIDAccessDisabled/, kind: "incompatible", reason: "model-not-open" },
  { code: /^InvalidEndpoint\.ClosedEndpoint/, kind: "fault", reason: "endpoint-closed" },
  { code: /^InvalidEndpoint(OrModel)?\.NotFound/, kind: "caller", reason: "model-not-found" },
];

/** SiliconFlow's flat errors (docs.siliconflow.cn, error codes page): 503 and 504 both say that the load is high. */
const SILICONFLOW_ERRORS: readonly ErrorRule[] = [
  { code: /^505\d\d$/, kind: "overloaded", reason: "system-busy" },
  { status: [504], kind: "overloaded", reason: "http-504" },
  { code: /^20012$/, kind: "caller", reason: "model-not-found" },
];

const SILICONFLOW_SHARED = {
  models: [
    { id: "deepseek-ai/DeepSeek-V4-Flash", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS },
    { id: "deepseek-ai/DeepSeek-V4-Pro", aliases: PRO_NAMES, contextTokens: V4_CONTEXT_TOKENS },
  ],
  continuation: {
    mode: "body-prefix",
    evidence: "documented",
    // docs.siliconflow.cn, prefix completion; not for R1, and Qwen3 only without thinking.
  },
  streamsUsage: true,
  upstream: "stream",
  thinking: "enable-thinking",
  errorRules: SILICONFLOW_ERRORS,
} as const;

const DASHSCOPE_SHARED = {
  models: [
    {
      id: "deepseek-v4-flash",
      aliases: FLASH_NAMES.filter((name) => name !== "deepseek-v4-flash"),
      contextTokens: V4_CONTEXT_TOKENS,
    },
    { id: "deepseek-v4-pro", contextTokens: V4_CONTEXT_TOKENS },
    { id: "deepseek-v3.2", contextTokens: V3_CONTEXT_TOKENS },
    { id: "deepseek-r1", reasoningHistory: "strip" },
  ],
  // Model Studio, rate limits page, 2026.
  limits: { requestsPerMinute: 15_000, tokensPerMinute: 1_200_000 },
  continuation: {
    mode: "message-partial",
    evidence: "assumed",
    // Model Studio, partial mode: documented for Qwen without thinking, not for DeepSeek V3.1.
  },
  streamsUsage: true,
  upstream: "stream",
  thinking: "enable-thinking",
  // Model Studio, error codes page: an empty account answers 400.
  errorRules: [{ code: /^Arrearage$/, kind: "credential", reason: "account-overdue" }],
} as const;

/** Hosts in China. */
export const CHINA_CLOUDS: readonly Preset[] = [
  definePreset({
    preset: "volcengine",
    title: "Volcengine Ark",
    baseUrl: "https://ark.cn-beijing.volces.com/api/v3",
    apiKeyEnvironment: ["ARK_API_KEY"],
    models: [
      { id: "deepseek-v4-flash-ga-260731", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS },
      { id: "deepseek-v4-pro-ga-260813", aliases: PRO_NAMES, contextTokens: V4_CONTEXT_TOKENS },
      { id: "deepseek-v3-250831", contextTokens: V3_CONTEXT_TOKENS },
    ],
    continuation: {
      mode: "bare-assistant",
      evidence: "assumed",
      // Said to work for some models; not tried with DeepSeek.
    },
    streamsUsage: true,
    upstream: "stream",
    thinking: "thinking",
    errorRules: ARK_ERRORS,
  }),
  definePreset({
    preset: "dashscope",
    title: "Alibaba Cloud Model Studio (DashScope, China)",
    baseUrl: "https://dashscope.aliyuncs.com/compatible-mode/v1",
    // A key belongs to one region: elsewhere it gets a 401. So the international site has names of its own.
    apiKeyEnvironment: ["DASHSCOPE_API_KEY", "DASHSCOPE_CN_API_KEY"],
    ...DASHSCOPE_SHARED,
  }),
  definePreset({
    preset: "dashscope-intl",
    title: "Alibaba Cloud Model Studio (DashScope, international)",
    baseUrl: "https://dashscope-intl.aliyuncs.com/compatible-mode/v1",
    apiKeyEnvironment: ["DASHSCOPE_INTL_API_KEY"],
    ...DASHSCOPE_SHARED,
  }),
  definePreset({
    preset: "tencent",
    title: "Tencent Cloud LKEAP",
    baseUrl: "https://api.lkeap.cloud.tencent.com/v1",
    apiKeyEnvironment: ["LKEAP_API_KEY"],
    models: [
      { id: "deepseek-v3.2", aliases: ["deepseek-chat"], contextTokens: V3_CONTEXT_TOKENS },
      { id: "deepseek-r1-0528", aliases: ["deepseek-reasoner"], reasoningHistory: "strip" },
    ],
    // Tencent Cloud, LKEAP product page, 2026.
    limits: { requestsPerMinute: 15_000, tokensPerMinute: 1_200_000 },
    thinking: "thinking",
    reasoningHistory: "tool-loop",
  }),
  definePreset({
    preset: "tencent-tokenhub",
    title: "Tencent TokenHub",
    baseUrl: "https://tokenhub.tencentmaas.com/v1",
    apiKeyEnvironment: ["TENCENT_TOKENHUB_API_KEY"],
    models: [
      { id: "deepseek-v3.2", aliases: ["deepseek-chat"], contextTokens: V3_CONTEXT_TOKENS },
      { id: "deepseek-r1-0528", aliases: ["deepseek-reasoner"], reasoningHistory: "strip" },
    ],
    thinking: "thinking",
    reasoningHistory: "tool-loop",
  }),
  definePreset({
    preset: "qianfan",
    title: "Baidu Qianfan",
    baseUrl: "https://qianfan.baidubce.com/v2",
    apiKeyEnvironment: ["QIANFAN_API_KEY"],
    models: [
      { id: "deepseek-v3.2", aliases: ["deepseek-chat"], contextTokens: V3_CONTEXT_TOKENS },
      { id: "deepseek-v3.2-think", aliases: ["deepseek-reasoner"], contextTokens: V3_CONTEXT_TOKENS },
      { id: "deepseek-r1", reasoningHistory: "strip" },
    ],
    continuation: {
      mode: "message-prefix",
      evidence: "documented",
      // Qianfan, prefix completion: V3, R1, V3.1 and V3.2, with and without thinking.
    },
    streamsUsage: true,
    upstream: "stream",
    // The model's name says whether it thinks.
    thinking: "unsupported",
    reasoningHistory: "tool-loop",
    errorRules: [
      { code: /^tokens_too_long$/, kind: "caller", reason: "context-too-long" },
      { code: /^invalid_model$/, kind: "caller", reason: "model-not-found" },
    ],
  }),
  definePreset({
    preset: "huawei",
    title: "Huawei Cloud MaaS",
    baseUrl: "https://api.modelarts-maas.com/openai/v1",
    apiKeyEnvironment: ["MAAS_API_KEY"],
    models: [
      { id: "DeepSeek-V3", aliases: ["deepseek-chat"] },
      { id: "DeepSeek-R1", aliases: ["deepseek-reasoner"], reasoningHistory: "strip" },
    ],
    continuation: {
      mode: "continue-final-message",
      evidence: "documented",
      // Huawei MaaS, model call page 006, for the OpenAI path; the V2 path takes prefix: true. Echo must stay off.
    },
    errorRules: [
      { code: /^ModelArts\.81009$/, kind: "caller", reason: "model-not-found" },
      { code: /^ModelArts\.81(101|103)$/, kind: "overloaded", reason: "rate-limited" },
      { code: /^ModelArts\.81011$/, kind: "credential", reason: "moderation" },
    ],
  }),
  definePreset({
    preset: "siliconflow",
    title: "SiliconFlow (China)",
    baseUrl: "https://api.siliconflow.cn/v1",
    apiKeyEnvironment: ["SILICONFLOW_API_KEY", "SILICONFLOW_CN_API_KEY"],
    ...SILICONFLOW_SHARED,
  }),
  definePreset({
    preset: "siliconflow-intl",
    title: "SiliconFlow (international)",
    baseUrl: "https://api.siliconflow.com/v1",
    apiKeyEnvironment: ["SILICONFLOW_INTL_API_KEY"],
    ...SILICONFLOW_SHARED,
  }),
  definePreset({
    preset: "ppio",
    title: "PPIO",
    baseUrl: "https://api.ppinfra.com/v3/openai",
    apiKeyEnvironment: ["PPIO_API_KEY"],
    models: [
      { id: "deepseek/deepseek-v4-flash", aliases: FLASH_NAMES, contextTokens: V4_CONTEXT_TOKENS },
      { id: "deepseek/deepseek-v4-pro", aliases: PRO_NAMES, contextTokens: V4_CONTEXT_TOKENS },
    ],
  }),
  definePreset({
    preset: "moark",
    title: "Moark",
    baseUrl: "https://moark.com/v1",
    apiKeyEnvironment: ["MOARK_API_KEY"],
  }),
  definePreset({
    preset: "modelscope",
    title: "ModelScope",
    baseUrl: "https://api-inference.modelscope.cn/v1",
    apiKeyEnvironment: ["MODELSCOPE_API_KEY"],
  }),
];
