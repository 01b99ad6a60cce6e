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
