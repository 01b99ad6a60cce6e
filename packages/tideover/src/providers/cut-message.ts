import { isJsonObject, type Json, type JsonObject } from "../engine/index.ts";
import { estimateText, isSystem } from "./prompt-size.ts";
import { boundaryAfter, boundaryBefore } from "./transcript.ts";

/** Least text at each end that a message keeps, in tokens: the question often stands at one of them. */
const LEAST_END_TOKENS = 16;

/** A message whose longest text is cut in three. */
export interface CutMessage {
  /** Its position. */
  readonly index: number;
  /** What is taken out of it. */
  readonly middle: string;
  /** The message with another middle; its beginning, its end and all else stay word by word. */
  withMiddle(text: string): Json;
}

/** One text of a message. */
interface Place {
  readonly index: number;
  readonly text: string;
  replaced(text: string): Json;
}

/**
 * Cuts the middle out of the longest text of the last messages. What the system says is never cut.
 * @param from the first message that may be cut
 * @param spare room beside all that stays, in tokens; negative by as much as has to go
 * @returns undefined when no text is long enough for that
 */
export function cutLongest(all: readonly Json[], from: number, spare: number): CutMessage | undefined {
  const places = all
    .slice(from)
    .flatMap((message, offset) => (isSystem(message) ? [] : placesIn(message, from + offset)));
  const longest = places.reduce<Place | undefined>(
    (best, place) => (best === undefined || place.text.length > best.text.length ? place : best),
    undefined,
  );
  if (longest === undefined) return undefined;
  const { index, text, replaced } = longest;
  const size = estimateText(text);
  const endTokens = Math.floor((size + spare) / 2);
  if (endTokens < LEAST_END_TOKENS) return undefined;
  const endLength = Math.floor((endTokens / size) * text.length);
  // The beginning is cut a little early and the end a little late, so that neither is longer than there is room for.
  const head = boundaryBefore(text, endLength);
  const tail = boundaryAfter(text, text.length - endLength);
  return {
    index,
    middle: text.slice(head, tail),
    withMiddle: (middle) => replaced(`${text.slice(0, head)}${middle}${text.slice(tail)}`),
  };
}

function placesIn(message: Json, index: number): Place[] {
  if (!isJsonObject(message)) return [];
  const { content } = message;
  if (typeof content === "string")
    return [{ index, text: content, replaced: (text) => ({ ...message, content: text }) }];
  if (!Array.isArray(content)) return [];
  const parts = content as readonly Json[];
  return parts.flatMap((part, at): Place[] => {
    if (!isJsonObject(part) || typeof part.text !== "string") return [];
    const withText = (text: string): JsonObject => ({ ...message, content: parts.with(at, { ...part, text }) });
    return [{ index, text: part.text, replaced: withText }];
  });
}
