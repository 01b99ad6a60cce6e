/** A tool call of an answer. */
export interface PlannedToolCall {
  readonly id: string;
  readonly name: string;
  /** The arguments' JSON text, in tokens. */
  readonly argumentTokens: readonly string[];
}

/** Why an answer ends. */
export type FinishReason = "stop" | "length" | "tool_calls" | "content_filter" | "insufficient_system_resource";

/** One choice of an answer, decided before its first token is sent. Joined, the tokens are the text. */
export interface PlannedChoice {
  /** Absent when the model does not think; empty when it thinks but has no more to say there. */
  readonly reasoning?: readonly string[] | undefined;
  readonly content: readonly string[];
  readonly toolCalls: readonly PlannedToolCall[];
  readonly finishReason: FinishReason;
}

/** Tokens of a choice: reasoning, content and arguments. */
export function countTokens(choice: PlannedChoice): number {
  const calls = choice.toolCalls.reduce((sum, call) => sum + call.argumentTokens.length, 0);
  return (choice.reasoning?.length ?? 0) + choice.content.length + calls;
}

/** The first `most` tokens of a choice. When that leaves any out, it ends for `reason` instead of its own. */
export function limitTokens(choice: PlannedChoice, most: number, reason: FinishReason): PlannedChoice {
  if (countTokens(choice) <= most) return choice;
  const reasoning = choice.reasoning?.slice(0, most);
  let left = most - (reasoning?.length ?? 0);
  const content = choice.content.slice(0, left);
  left -= content.length;
  const toolCalls: PlannedToolCall[] = [];
  for (const call of choice.toolCalls) {
    if (left <= 0) break;
    toolCalls.push({ ...call, argumentTokens: call.argumentTokens.slice(0, left) });
    left -= call.argumentTokens.length;
  }
  return { reasoning, content, toolCalls, finishReason: reason };
}
