import type { JsonObject } from "tideover/engine";

/** One choice of an answer, the parts that its stream spreads over many events put together. */
export interface FoldedChoice {
  readonly index: number;
  content: string;
  reasoning: string;
  readonly toolCalls: { id: string; name: string; arguments: string }[];
  readonly logprobs: unknown[];
  readonly reasoningLogprobs: unknown[];
  finishReason: string | null;
}

interface Part {
  readonly content?: string | null;
  readonly reasoning_content?: string | null;
  readonly tool_calls?: readonly {
    readonly index?: number;
    readonly id?: string;
    readonly function?: { readonly name?: string; readonly arguments?: string };
  }[];
}

interface Choice {
  readonly index: number;
  readonly delta?: Part;
  readonly message?: Part;
  readonly text?: string;
  readonly logprobs?: {
    readonly content?: readonly unknown[] | null;
    readonly reasoning_content?: readonly unknown[] | null;
  } | null;
  readonly finish_reason?: string | null;
}

/**
 * The choices of an answer: of one document, or of the events of a stream. Written for the tests alone, as a second
 * opinion on the product's own folding.
 */
export function choicesOf(events: readonly JsonObject[]): FoldedChoice[] {
  const choices = new Map<number, FoldedChoice>();
  for (const event of events) {
    for (const choice of (event.choices ?? []) as unknown as readonly Choice[]) addTo(choices, choice);
  }
  return [...choices.values()].sort((a, b) => a.index - b.index);
}

function addTo(choices: Map<number, FoldedChoice>, choice: Choice): void {
  const known = choices.get(choice.index);
  const folded = known ?? {
    index: choice.index,
    content: "",
    reasoning: "",
    toolCalls: [],
    logprobs: [],
    reasoningLogprobs: [],
    finishReason: null,
  };
  choices.set(choice.index, folded);
  const part = choice.delta ?? choice.message ?? {};
  folded.content += part.content ?? choice.text ?? "";
  folded.reasoning += part.reasoning_content ?? "";
  folded.logprobs.push(...(choice.logprobs?.content ?? []));
  folded.reasoningLogprobs.push(...(choice.logprobs?.reasoning_content ?? []));
  folded.finishReason = choice.finish_reason ?? folded.finishReason;
  for (const [position, call] of (part.tool_calls ?? []).entries()) {
    const index = call.index ?? position;
    folded.toolCalls[index] ??= { id: "", name: "", arguments: "" };
    const target = folded.toolCalls[index];
    target.id += call.id ?? "";
    target.name += call.function?.name ?? "";
    target.arguments += call.function?.arguments ?? "";
  }
}
