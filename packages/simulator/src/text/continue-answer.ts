import type { PartialAnswer } from "./partial-answer.ts";
import type { PlannedChoice } from "./planned-answer.ts";
import { firstTextTokens } from "./text-tokens.ts";
import { dropCharacters, takeCharacters } from "./token-list.ts";

/**
 * How a host treats the beginning of an answer that it was given.
 * - `exact`: goes on after its last character.
 * - `trims-trailing-space`: goes on after its last character that is not white space, so the white space comes again.
 * - `echoes`: repeats it, then goes on.
 * - `ignores`: takes it for a finished turn and answers something else.
 * - `restarts`: begins the answer anew; the first words are the same, then it takes another turn.
 * - `adds-space`: a space, then goes on.
 * - `stops-at-once`: finish reason stop, no content.
 * - `thinks-again`: reasons first, then goes on.
 */
export type PrefixBehaviour =
  | "exact"
  | "trims-trailing-space"
  | "echoes"
  | "ignores"
  | "restarts"
  | "adds-space"
  | "stops-at-once"
  | "thinks-again";

/** Tokens that a restarted answer has in common with the first one. */
const COMMON_AFTER_RESTART = 5;
/** Tokens of a second round of reasoning. */
const SECOND_THOUGHTS = 12;

/**
 * What is still to be sent of `choice` when the caller already has `partial`.
 * A partial answer that is not a beginning of this choice is followed by other text, seeded by `otherSeed`.
 */
export function continueAnswer(
  choice: PlannedChoice,
  partial: PartialAnswer,
  behaviour: PrefixBehaviour,
  otherSeed: number,
): PlannedChoice {
  const other = (count: number) => firstTextTokens(otherSeed, count);
  const reasoningText = choice.reasoning?.join("") ?? "";
  const contentText = choice.content.join("");
  const ownReasoning = partial.content !== "" || reasoningText.startsWith(partial.reasoning);
  if (!ownReasoning || !contentText.startsWith(partial.content)) {
    return { ...choice, reasoning: undefined, content: other(choice.content.length), toolCalls: [] };
  }
  const reasoning =
    choice.reasoning === undefined || partial.content !== ""
      ? undefined
      : dropCharacters(choice.reasoning, partial.reasoning.length);
  const rest = { ...choice, reasoning, content: dropCharacters(choice.content, partial.content.length) };
  switch (behaviour) {
    case "exact":
      return rest;
    case "trims-trailing-space":
      return {
        ...rest,
        reasoning: reasoning && dropCharacters(choice.reasoning ?? [], partial.reasoning.trimEnd().length),
        content: dropCharacters(choice.content, partial.content.trimEnd().length),
      };
    case "echoes":
      return {
        ...rest,
        reasoning: reasoning && [...takeCharacters(choice.reasoning ?? [], partial.reasoning.length), ...reasoning],
        content: [...takeCharacters(choice.content, partial.content.length), ...rest.content],
      };
    case "ignores":
      return { ...rest, content: other(choice.content.length) };
    case "restarts":
      return {
        ...rest,
        reasoning: reasoning && choice.reasoning,
        content: [...choice.content.slice(0, COMMON_AFTER_RESTART), ...other(choice.content.length)],
      };
    case "adds-space":
      return { ...rest, content: [" ", ...rest.content] };
    case "stops-at-once":
      return { ...rest, reasoning: reasoning && [], content: [], toolCalls: [], finishReason: "stop" };
    case "thinks-again":
      return { ...rest, reasoning: [...(reasoning ?? []), ...other(SECOND_THOUGHTS)] };
  }
}
