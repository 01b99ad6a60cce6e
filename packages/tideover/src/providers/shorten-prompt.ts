import { type Adapter, type CallRequest, isJsonObject, type Json } from "../engine/index.ts";
import { answerRoom, estimateConversation, estimateMessage } from "./prompt-size.ts";
import { spliceMembers } from "./splice-json.ts";

/** How often a prompt is made still shorter when the provider says that it is too long: sizes here are estimates. */
const MOST_TRIES = 4;

/** A request whose oldest turns are left out. */
export interface ShortenedRequest {
  readonly request: CallRequest;
  /** Messages that are left out. */
  readonly dropped: number;
}

/**
 * Leaves out the oldest turns of a conversation until it is estimated to fit. What the system says stays, and so does
 * the last turn: the user's last message with all that came after it. A turn goes as a whole, so that no tool's answer
 * stands without its call.
 * @param mostTokens for the prompt
 * @returns undefined when nothing can be left out, or what must stay is too long by itself
 */
export function shortenPrompt(request: CallRequest, mostTokens: number): ShortenedRequest | undefined {
  const { messages } = request.body;
  if (request.operation !== "chat" || !Array.isArray(messages)) return undefined;
  const all = messages as readonly Json[];
  const starts = all.flatMap((message, index) => (roleOf(message) === "user" ? [index] : []));
  let left = estimateConversation(all);
  const gone = new Set<number>();
  let from = 0;
  for (const start of starts) {
    if (left <= mostTokens) break;
    for (let index = from; index < start; index++) {
      const message = all[index];
      if (message === undefined || isSystem(message)) continue;
      gone.add(index);
      left -= estimateMessage(message);
    }
    from = start;
  }
  if (gone.size === 0 || left > mostTokens) return undefined;
  const kept = all.filter((_, index) => !gone.has(index));
  const shortened: CallRequest = {
    ...request,
    body: { ...request.body, messages: kept },
    bytes: spliceMembers(request.bytes, new Map([["messages", kept]])),
  };
  return { request: shortened, dropped: gone.size };
}

/** Whether a request's prompt is estimated to leave too little of a context for an answer. */
export function isTooLongFor({ operation, body }: CallRequest, contextTokens: number): boolean {
  if (operation !== "chat" || !Array.isArray(body.messages)) return false;
  return estimateConversation(body.messages as readonly Json[]) > promptRoom(body, contextTokens);
}

/** Whether a request fits into a context, or does once it is shortened. */
export function canFit(request: CallRequest, contextTokens: number): boolean {
  const room = promptRoom(request.body, contextTokens);
  return !isTooLongFor(request, contextTokens) || shortenPrompt(request, room) !== undefined;
}

/**
 * An adapter that shortens prompts which do not fit, and says so in its answer: at once where the estimate says so, and
 * further where the provider does.
 * @param contextTokens prompt and answer together, in tokens
 */
export function shortening(adapter: Adapter, contextTokens: number): Adapter {
  return async (call, scope) => {
    let room = promptRoom(call.request.body, contextTokens);
    let sent: ShortenedRequest = { request: call.request, dropped: 0 };
    if (isTooLongFor(call.request, contextTokens)) sent = shortenPrompt(call.request, room) ?? sent;
    for (let tries = 0; ; tries++) {
      const { request, dropped } = sent;
      const outcome = await adapter({ ...call, request }, scope);
      if (outcome.type === "raw-answer") return dropped === 0 ? outcome : { ...outcome, droppedMessages: dropped };
      // What is wrong with a request that was changed here need not be the caller's fault.
      const failed = dropped > 0 && outcome.kind === "caller" ? incompatible(outcome) : outcome;
      if (outcome.reason !== "context-too-long" || tries === MOST_TRIES) return failed;
      // The provider counts more than is estimated here.
      room = Math.min(room, estimateConversation(messagesOf(request))) / 2;
      const shorter = shortenPrompt(call.request, room) ?? lastTurnOnly(call.request, dropped);
      if (shorter === undefined) return failed;
      sent = shorter;
    }
  };
}

/** The shortest that a conversation may be made; undefined when it is that short already. */
function lastTurnOnly(request: CallRequest, dropped: number): ShortenedRequest | undefined {
  const shortest = shortenPrompt(request, leastTokens(messagesOf(request)));
  return shortest === undefined || shortest.dropped <= dropped ? undefined : shortest;
}

/** What cannot be left out, in tokens. */
function leastTokens(messages: readonly Json[]): number {
  const last = messages.findLastIndex((message) => roleOf(message) === "user");
  return estimateConversation(messages.filter((message, index) => isSystem(message) || index >= last));
}

function promptRoom(body: CallRequest["body"], contextTokens: number): number {
  return contextTokens - answerRoom(body, contextTokens);
}

function messagesOf({ body }: CallRequest): readonly Json[] {
  return Array.isArray(body.messages) ? (body.messages as readonly Json[]) : [];
}

function incompatible<Failed extends { readonly kind: string }>(failed: Failed) {
  return { ...failed, kind: "incompatible" as const, passed: undefined };
}

function roleOf(message: Json): Json | undefined {
  return isJsonObject(message) ? message.role : undefined;
}

function isSystem(message: Json): boolean {
  const role = roleOf(message);
  return role === "system" || role === "developer";
}
