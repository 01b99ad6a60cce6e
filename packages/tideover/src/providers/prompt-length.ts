import type { CallRequest } from "../engine/index.ts";
import { estimateConversation } from "./prompt-size.ts";
import { messagesOf, promptRoom } from "./shorten-prompt.ts";

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
