import { isJsonObject, type JsonObject, type Random } from "tideover/engine";
import type { AnswerShape, UsagePlacement } from "../faults/fault-effect.ts";
import { shapeChoices } from "../faults/shape-choices.ts";
import type { AnswerMeta, FrameOptions } from "../forms/answer-meta.ts";
import { chatChunks } from "../forms/chat-chunks.ts";
import { chatDocument } from "../forms/chat-document.ts";
import { completionChunks, completionDocument } from "../forms/completion.ts";
import { embeddingsDocument } from "../forms/embeddings.ts";
import { usageJson } from "../forms/usage.ts";
import { conversationText, countImages, objectsOf, TOKENS_PER_IMAGE } from "../text/conversation.ts";
import { hashText } from "../text/hash-text.ts";
import { type AnswerPlan, planChat, planCompletion } from "../text/plan-answer.ts";
import { countTokens } from "../text/planned-answer.ts";
import { textTokens } from "../text/text-tokens.ts";
import { documentScript } from "./document-script.ts";
import { framingOf } from "./framing.ts";
import type { EffectiveOptions } from "./options.ts";
import type { Pacing } from "./pacing.ts";
import type { PrefixCache, PromptTokens } from "./prefix-cache.ts";
import { randomHex, randomUuid } from "./random-ids.ts";
import { shapedTiming, waitAlive } from "./response-timing.ts";
import type { UpstreamOperation } from "./routes.ts";
import { expire, type Script } from "./script.ts";
import { streamScript } from "./stream-script.ts";

/** A request that was understood, validated and let in. */
export interface GenerationRequest {
  readonly operation: UpstreamOperation;
  readonly beta: boolean;
  readonly body: JsonObject;
  readonly model: string;
}

/** An answer that waits for its slot. */
export interface Generation {
  readonly stream: boolean;
  readonly continued: boolean;
  readonly prompt: PromptTokens;
  /** Written before everything else. */
  readonly opening: string;
  /** The script of its wait for a slot. @param startLimitMs as for `script`. */
  queued(startLimitMs: number): Script;
  /** The script of its body. @param startLimitMs what is left until the provider closes it unstarted. */
  script(startLimitMs: number): Script;
}

/** Decides the answer to a request, and how it will be written. */
export function prepareGeneration(
  request: GenerationRequest,
  shape: AnswerShape,
  pacing: Pacing,
  options: EffectiveOptions,
  cache: PrefixCache,
  random: Random,
): Generation {
  const { body, operation } = request;
  const stream = body.stream === true && operation !== "embeddings";
  const timing = (startLimitMs: number, prompt: PromptTokens) =>
    shapedTiming(pacing, shape, { startLimitMs, holdMs: options.holdMs, promptTokens: prompt.total - prompt.cached });
  const framing = framingOf(shape);
  const common = {
    stream,
    opening: framing.start,
    queued: (startLimitMs: number) => queuedScript(startLimitMs, pacing, stream ? framing.comment : framing.blank),
  };
  if (operation === "embeddings") {
    const { json, promptTokens } = embeddingsDocument(body, options.textSeed);
    const prompt = { total: promptTokens, cached: 0 };
    const script = (limit: number) => documentScript({ json, tokens: 0 }, timing(limit, prompt), shape);
    return { ...common, continued: false, prompt, script };
  }
  const isChat = operation === "chat";
  const plan = isChat ? planChat(body, request.beta, options) : planCompletion(body, options);
  const choices = shapeChoices(plan.choices, shape);
  const prompt = countPrompt(request, plan, cache);
  const usage = usageJson(prompt, choices);
  const meta: AnswerMeta = {
    id: randomUuid(random),
    created: Math.floor(options.clock.wallTime() / 1_000),
    model: request.model,
    fingerprint: `fp_${randomHex(random, 10)}_prod0820_fp8_kvcache_20260402`,
  };
  const tokens = choices.reduce((sum, choice) => sum + countTokens(choice), 0);
  const endless =
    shape.text === "endless" ? { [Symbol.iterator]: () => textTokens(hashText(plan.question)) } : undefined;
  const top = topLogprobs(body, isChat);
  const script = (startLimitMs: number): Script => {
    const times = timing(startLimitMs, prompt);
    if (stream) {
      const frameOptions = frameOptionsFor(body, shape.usage ?? options.usage, usage, top, chunkSize(tokens, options));
      const frames = (isChat ? chatChunks : completionChunks)(choices, meta, frameOptions, endless);
      return streamScript(frames, times, shape);
    }
    const json = (isChat ? chatDocument : completionDocument)(choices, meta, usage, top);
    return documentScript({ json, tokens, endless }, times, shape);
  };
  return { ...common, continued: plan.continued, prompt, script };
}

/** Signs of life until the provider closes a request that got no slot. */
function* queuedScript(startLimitMs: number, pacing: Pacing, signOfLife: string): Script {
  yield* waitAlive(startLimitMs, pacing, signOfLife);
  yield expire();
}

function countPrompt(request: GenerationRequest, plan: AnswerPlan, cache: PrefixCache): PromptTokens {
  const { body } = request;
  const messages = objectsOf(body.messages);
  const conversation = plan.continued ? conversationText(messages) : plan.question;
  const prompt = body.tools === undefined ? conversation : `${JSON.stringify(body.tools)}\u0002${conversation}`;
  const isolation = hashText(`${request.model}\u0002${typeof body.user_id === "string" ? body.user_id : ""}`);
  const counted = cache.visit(prompt, isolation);
  const stated = isJsonObject(body.metadata) ? Number(body.metadata.sim_prompt_tokens) : Number.NaN;
  const total = stated >= 1 ? Math.floor(stated) : counted.total + countImages(messages) * TOKENS_PER_IMAGE;
  return { total, cached: Math.min(counted.cached, total) };
}

function topLogprobs(body: JsonObject, isChat: boolean): number | undefined {
  if (!isChat) return typeof body.logprobs === "number" ? body.logprobs : undefined;
  if (body.logprobs !== true) return undefined;
  return typeof body.top_logprobs === "number" ? body.top_logprobs : 0;
}

function chunkSize(tokens: number, options: EffectiveOptions): number {
  const least = options.maxChunks === undefined ? 1 : Math.ceil(tokens / options.maxChunks);
  return Math.max(1, options.tokensPerChunk, least);
}

function frameOptionsFor(
  body: JsonObject,
  placement: UsagePlacement,
  usage: string,
  topLogprobs: number | undefined,
  tokensPerChunk: number,
): FrameOptions {
  const asked = isJsonObject(body.stream_options) && body.stream_options.include_usage === true;
  const effective = placement === "deepseek" ? (asked ? "trailing" : "finish") : placement;
  return {
    usage,
    usageOnFinish: effective === "finish" || effective === "both",
    usageTrailing: effective === "trailing" || effective === "both",
    usageNull: asked && effective !== "none",
    topLogprobs,
    tokensPerChunk,
  };
}
