export { asksForSomething, lackOf } from "./abilities.ts";
export { ALL_WIRES } from "./all-wires.ts";
export { findPreset, listPresets } from "./catalogue/index.ts";
export {
  ABILITIES,
  type Ability,
  CONTINUATION_MODES,
  type Continuation,
  type ContinuationMode,
  definePreset,
  type ErrorRule,
  type Evidence,
  type Limits,
  type ModelEntry,
  type Preset,
  type PresetEntry,
  type ReasoningHistory,
  type ThinkingStyle,
} from "./catalogue/preset.ts";
export { classifyResponse, classifyStreamError, type ErrorContext, type ErrorResponse } from "./classify/classify.ts";
export { maskSecrets } from "./classify/mask-secrets.ts";
export { type HeaderReader, MAX_RETRY_AFTER_MS, readRetryAfter } from "./classify/retry-after.ts";
export { ERROR_BODY_PATIENCE_MS, MAX_ERROR_BODY_BYTES } from "./error-text.ts";
export { canBeFitted, promptFitter } from "./fit-prompt.ts";
export { type AdapterOptions, createOpenAiAdapter } from "./openai-adapter.ts";
export { canContinue } from "./prefix.ts";
export { type CallFacts, type PreparedRequest, prepareRequest } from "./prepare.ts";
export {
  costOf,
  findModel,
  isPeak,
  type PriceAt,
  type PriceCalendar,
  type PriceSettings,
  type Prices,
  priceAt,
  type Rates,
  ratesFor,
} from "./pricing.ts";
export { promptLength } from "./prompt-length.ts";
export {
  type Account,
  contextTokensFor,
  defineProvider,
  limitsFor,
  modelFacts,
  type ProviderDefinition,
  upstreamModel,
  urlFor,
} from "./provider.ts";
export { type AccountSettings, type ProviderSettings, ProviderSettingsError } from "./provider-settings.ts";
export { adaptReasoningHistory, type ReasoningContext } from "./reasoning-history.ts";
export { spliceMembers } from "./splice-json.ts";
export { VERSION } from "./version.ts";
export type { Speak, Wires } from "./wires.ts";
