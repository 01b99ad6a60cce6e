import { type CallRequest, type FittedRequest, isJsonObject, type Json } from "../engine/index.ts";
import { answerRoom, estimateMessages, isSystem } from "./prompt-size.ts";
import { spliceMembers } from "./splice-json.ts";

/**
 * Leaves out the oldest turns of a conversation until it is estimated to fit. What the system says stays, and so does
 * the last turn: the user's last message with all that came after it. A turn goes as a whole, so that no tool's answer
 * stands without its call.
 * @param mostTokens for the prompt
 * @returns undefined when nothing can be left out, or what must stay is too long by itself
 */
export function shortenPrompt(request: CallRequest, mostTokens: number): FittedRequest | undefined {
  const all = messagesOf(request);
  const { gone, left } = oldestTurns(all, mostTokens);
  return left > mostTokens ? undefined : without(request, all, gone);
}

/** The shortest that a conversation may be made by leaving out turns; undefined when it is that short already. */
export function lastTurnOnly(request: CallRequest): FittedRequest | undefined {
  const all = messagesOf(request);
  const last = all.findLastIndex((message) => roleOf(message) === "user");
  const gone = all.flatMap((message, index) => (index < last && !isSystem(message) ? [index] : []));
  return without(request, all, new Set(gone));
}

function without(request: CallRequest, all: readonly Json[], gone: ReadonlySet<number>): FittedRequest | undefined {
  if (gone.size === 0) return undefined;
  const kept = all.filter((_, index) => !gone.has(index));
  return { request: withMessages(request, kept), droppedMessages: gone.size, summarisedMessages: 0 };
}

/** Turns that are left out of a conversation, the oldest first, so that it has no more than so many tokens. */
export interface OldestTurns {
  /** By the positions of their messages; all but the last turn at most. */
  readonly gone: ReadonlySet<number>;
  /** Where the first turn that stays begins; what stands before it and stays is the system's. */
  readonly from: number;
  /** What stays, in tokens; above what was wanted where the last turn and the system's words are too long. */
  readonly left: number;
}

/** Finds the {@link OldestTurns} of a conversation. */
export function oldestTurns(all: readonly Json[], mostTokens: number): OldestTurns {
  const starts = all.flatMap((message, index) => (roleOf(message) === "user" ? [index] : []));
  const gone = new Set<number>();
  const sizes = estimateMessages(all);
  let left = sizes.reduce((sum, size) => sum + size, 0);
  let from = 0;
  for (const start of starts) {
    if (left <= mostTokens) break;
    for (let index = from; index < start; index++) {
      const message = all[index];
      if (message === undefined || isSystem(message)) continue;
      gone.add(index);
      left -= sizes[index] ?? 0;
    }
    from = start;
  }
  return { gone, from, left };
}

/** The messages of a chat request; none where it has no list of them. */
export function messagesOf({ operation, body }: CallRequest): readonly Json[] {
  return operation === "chat" && Array.isArray(body.messages) ? (body.messages as readonly Json[]) : [];
}

/** The request with other messages. */
export function withMessages(request: CallRequest, messages: readonly Json[]): CallRequest {
  return {
    ...request,
    body: { ...request.body, messages },
    bytes: spliceMembers(request.bytes, new Map([["messages", messages]])),
  };
}

/** Room for a request's prompt in a context, in tokens. */
export function promptRoom({ body }: CallRequest, contextTokens: number): number {
  return contextTokens - answerRoom(body, contextTokens);
}

function roleOf(message: Json): Json | undefined {
  return isJsonObject(message) ? message.role : undefined;
}
