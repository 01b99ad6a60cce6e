import type { AnswerEvent, Call, CallRequest, PromptFitter } from "../engine/index.ts";
import { AnswerText } from "../wire/index.ts";
import { estimateConversation } from "./prompt-size.ts";
import { lastTurnOnly, messagesOf, promptRoom, shortenPrompt } from "./shorten-prompt.ts";
import { planSummary } from "./summary-plan.ts";

/** How conversations are made to fit into a provider's context. */
export interface FitOptions {
  /** Prompt and answer together, in tokens; undefined: not known for this call's model. */
  contextTokens(call: Call): number | undefined;
  /** What does not fit is summed up where that can be had; else only left out. */
  readonly summarises: boolean;
  /** The host tells the usage of a stream when it is asked to. */
  readonly asksUsage: boolean;
}

/** What the layer of long prompts must know of a provider that takes chat messages. */
export function promptFitter({ contextTokens, summarises, asksUsage }: FitOptions): PromptFitter {
  const fitter: PromptFitter = {
    roomFor(call) {
      const most = contextTokens(call);
      return most === undefined || messagesOf(call.request).length === 0 ? undefined : promptRoom(call.request, most);
    },
    sizeOf: (request) => estimateConversation(messagesOf(request)),
    shorten: (request, room) => shortenPrompt(request, room),
    shortest: lastTurnOnly,
    textOf: answerText,
  };
  if (!summarises) return fitter;
  return {
    ...fitter,
    summarise: (request, room, part) => planSummary(request, { room, part, asksUsage }),
  };
}

/**
 * By how much an estimate may exceed the room and the prompt may yet fit: tokenizers differ by a third either way from
 * the figures that are estimated with (see prompt-size.ts), and 1 / (1 - 1/3) is this.
 */
const MOST_OVERESTIMATE = 1.5;

/** How a request's prompt is estimated to lie in a context, with room for an answer. */
type PromptLength = "fits" | "perhaps-too-long" | "too-long";

/** Estimates the {@link PromptLength}. */
export function promptLength(request: CallRequest, contextTokens: number): PromptLength {
  const size = estimateConversation(messagesOf(request));
  const room = promptRoom(request, contextTokens);
  if (size <= room) return "fits";
  return size <= room * MOST_OVERESTIMATE ? "perhaps-too-long" : "too-long";
}

/** Whether a request that does not fit into a context does once it is shortened or summed up. */
export function canBeFitted(request: CallRequest, contextTokens: number, summarises: boolean): boolean {
  const room = promptRoom(request, contextTokens);
  if (shortenPrompt(request, room) !== undefined) return true;
  return summarises && planSummary(request, { room, part: 1, asksUsage: false }) !== undefined;
}

/** Reasoning that a server leaves in the text. */
const THOUGHT = /^\s*<think>[\s\S]*?(?:<\/think>|$)/;

/** What the model says, without what it thinks. */
function answerText(events: readonly AnswerEvent[]): string {
  const text = new AnswerText();
  for (const event of events) text.add(event);
  return text.choice(0).content.replace(THOUGHT, "");
}
