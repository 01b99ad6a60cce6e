import type { FailureKind, Operation } from "../../engine/index.ts";
import type { PriceCalendar, Prices } from "../pricing.ts";

/**
 * How an answer that was cut can be finished at a host: how it is told to go on after a given text.
 * - `beta-prefix`: `prefix: true` on the last assistant message, at the host's beta path.
 * - `message-prefix`: the same, at the usual path.
 * - `message-partial`: `partial: true` on the last assistant message.
 * - `body-prefix`: the text as the top-level field `prefix`, without the assistant message.
 * - `bare-assistant`: the conversation simply ends with an assistant message.
 * - `continue-final-message`: that, with `continue_final_message: true` and `add_generation_prompt: false`.
 * - `instruction`: no exact way; a user turn asks the model to go on.
 * - `none`: not known.
 */
export type ContinuationMode =
  | "beta-prefix"
  | "message-prefix"
  | "message-partial"
  | "body-prefix"
  | "bare-assistant"
  | "continue-final-message"
  | "instruction"
  | "none";

/** All modes, for checks of what a person wrote. */
export const CONTINUATION_MODES: readonly ContinuationMode[] = [
  "beta-prefix",
  "message-prefix",
  "message-partial",
  "body-prefix",
  "bare-assistant",
  "continue-final-message",
  "instruction",
  "none",
];

/** How far a continuation mode can be relied on: tried on the host itself, promised by its documents, or guessed. */
export type Evidence = "verified" | "documented" | "assumed";

/** A host's continuation mode. */
export interface Continuation {
  readonly mode: ContinuationMode;
  readonly evidence: Evidence;
  /** The prefix may carry `reasoning_content`, so that a cut inside the reasoning can be continued as well. */
  readonly reasoning?: boolean;
}

/** What a host allows one account. */
export interface Limits {
  /** Calls at the same time. */
  readonly concurrency?: number;
  readonly requestsPerMinute?: number;
  readonly tokensPerMinute?: number;
}

/**
 * What a request may ask for that not every model or server can do.
 * - `tools`: calls of tools or functions, and conversations that hold some.
 * - `images`, `audio`: such parts of messages; audio also as an answer.
 * - `json`: `response_format: json_object`; `schema`: `json_schema`.
 * - `choices`: several answers at once (`n`); `logprobs`: log probabilities.
 */
export const ABILITIES = ["tools", "images", "audio", "json", "schema", "choices", "logprobs"] as const;

/** See {@link ABILITIES}. */
export type Ability = (typeof ABILITIES)[number];

/**
 * How a host is told to think or not; the caller's word for it is DeepSeek's `thinking: { type }`.
 * - `thinking`: the same field.
 * - `enable-thinking`: top-level `enable_thinking: boolean`.
 * - `chat-template`: `chat_template_kwargs: { thinking: boolean }`.
 * - `unsupported`: refused or unknown there, so the field is dropped.
 * - `as-is`: not known; the field goes through unchanged.
 */
export type ThinkingStyle = "thinking" | "enable-thinking" | "chat-template" | "unsupported" | "as-is";

/**
 * What a host wants to see of earlier reasoning (`reasoning_content` of assistant turns).
 * - `strip`: nothing; it refuses the field (DeepSeek R1's era; Groq, Cerebras, OpenAI).
 * - `tool-loop`: only that of the running tool loop (DeepSeek V3.2's era).
 * - `required-with-tools`: that of every assistant turn when the request has tools (DeepSeek V4's era).
 * - `keep`: it accepts the field and does not insist on it.
 */
export type ReasoningHistory = "strip" | "tool-loop" | "required-with-tools" | "keep";

/** One model of a host. A figure that is not known is absent. */
export interface ModelEntry {
  /** The host's own name of it. */
  readonly id: string;
  /** The generic names that callers may use for it; they are DeepSeek's own (`deepseek-flash`, `deepseek-v4-pro`). */
  readonly aliases?: readonly string[];
  /** Prompt and answer together, in tokens. */
  readonly contextTokens?: number;
  /** Longest answer, reasoning included, in tokens. */
  readonly maxOutputTokens?: number;
  /** Where they differ from the host's. */
  readonly limits?: Limits;
  readonly prices?: Prices;
  /** Where it differs from the host's. */
  readonly reasoningHistory?: ReasoningHistory;
}

/**
 * Recognises an error that the general rules would misjudge. All conditions that are given must hold; the first rule
 * of a host that matches decides.
 */
export interface ErrorRule {
  readonly status?: readonly number[];
  /** Tested against the error's type; a `code` alone never decides, unless the host's codes are sound. */
  readonly type?: RegExp;
  readonly code?: RegExp;
  readonly message?: RegExp;
  readonly kind: FailureKind;
  readonly reason: string;
}

/** All that is known of one host, as data. */
export interface Preset {
  /** The name used in a configuration. */
  readonly preset: string;
  /** The name people use. */
  readonly title: string;
  /**
   * What an OpenAI SDK would be given. It may hold placeholders such as `{region}`, which a configuration must fill by
   * giving its own `baseUrl`; absent where there is no address to know.
   */
  readonly baseUrl?: string;
  /** Environment variables that hold a key, in the order of trying. */
  readonly apiKeyEnvironment: readonly string[];
  /** `bearer`: `Authorization: Bearer`; `api-key`: the header `api-key`; `none`: no key needed, a given one is sent as bearer. */
  readonly auth: "bearer" | "api-key" | "none";
  /**
   * `chat`: OpenAI's form; `messages`: it speaks Anthropic's Messages API, `kserve`: the generate extension of KServe's
   * v2 protocol, into which chat is translated.
   */
  readonly wire: "chat" | "messages" | "kserve";
  /** What is offered at the host's own address; absent: not known, everything is tried. */
  readonly operations?: readonly Operation[];
  /** Prefix completion, strict tools and text completions live at a `/beta` path beside the base. */
  readonly betaPath: boolean;
  readonly models: readonly ModelEntry[];
  readonly limits: Limits;
  /** When which prices hold; absent: the same at all times. */
  readonly priceCalendar?: PriceCalendar;
  readonly continuation: Continuation;
  /** A stream may be asked for its usage (`stream_options.include_usage`). */
  readonly streamsUsage: boolean;
  /** Read every answer as a stream, or in the caller's own mode. */
  readonly upstream: "stream" | "mirror";
  /** Top-level request fields that the host refuses; see `request-fields.ts` for what happens to them. */
  readonly refusesFields: readonly string[];
  readonly thinking: ThinkingStyle;
  readonly reasoningHistory: ReasoningHistory;
  readonly errorRules: readonly ErrorRule[];
  /** The answers are below those of a live provider unless the configuration says otherwise. */
  readonly degraded: boolean;
  /** The host understands `Tideover-Deadline`. */
  readonly understandsDeadline: boolean;
  /** What none of its models can do: a request for that goes to the next provider without being sent. */
  readonly lacks: readonly Ability[];
  /** A server of one's own, on this machine or near it. */
  readonly local: boolean;
  /** Not a server: a model in this process, which has no address. */
  readonly inProcess: boolean;
}

/** What every entry must say; the rest has careful defaults. */
export type PresetEntry = Pick<Preset, "preset" | "title" | "apiKeyEnvironment"> & Partial<Preset>;

/**
 * An entry with careful defaults for what it does not say: a bearer key, no aliases, the caller's own mode, no usage
 * asked for, history and fields unchanged, no continuation.
 */
export function definePreset(entry: PresetEntry): Preset {
  return {
    auth: "bearer",
    wire: "chat",
    betaPath: false,
    models: [],
    limits: {},
    continuation: { mode: "none", evidence: "assumed" },
    streamsUsage: false,
    upstream: "mirror",
    refusesFields: [],
    thinking: "as-is",
    reasoningHistory: "keep",
    errorRules: [],
    degraded: false,
    understandsDeadline: false,
    lacks: [],
    local: false,
    inProcess: false,
    ...entry,
  };
}
