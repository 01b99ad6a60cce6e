import { isJsonObject, type Json } from "../engine/index.ts";
import { estimateText } from "./prompt-size.ts";

/** A text to be summed up, and whose place the summary takes. */
export interface Passage {
  /** Position of the message that it comes from. */
  readonly message: number;
  readonly text: string;
  /** Passages of different places never share a piece. */
  readonly place: "turns" | "message";
}

/** What one request sums up. */
export interface Piece {
  readonly text: string;
  readonly place: Passage["place"];
  /** Positions of the messages that it holds something of. */
  readonly messages: ReadonlySet<number>;
}

/** Share of a piece that is left empty rather than filled with a part of the next passage. */
const MOST_LEFT_SHARE = 0.25;
const BETWEEN = "\n\n";

/** Who says a message, as a summary's writer reads it. */
const SPEAKERS: Readonly<Record<string, string>> = { user: "User", assistant: "Assistant", tool: "Tool" };

/** A message as a line of a conversation that is read, not answered. */
export function transcribed(message: Json): string {
  if (!isJsonObject(message)) return "";
  const { role, content, tool_calls: calls } = message;
  const speaker = (typeof role === "string" ? SPEAKERS[role] : undefined) ?? "Other";
  const words = [wordsOf(content), ...callsIn(calls)].filter((text) => text !== "");
  return words.length === 0 ? "" : `${speaker}: ${words.join("\n")}`;
}

function wordsOf(content: Json | undefined): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return (content as readonly Json[])
    .map((part) => {
      if (!isJsonObject(part)) return "";
      return typeof part.text === "string" ? part.text : `[${String(part.type)}]`;
    })
    .join("\n");
}

function callsIn(calls: Json | undefined): string[] {
  if (!Array.isArray(calls)) return [];
  return (calls as readonly Json[]).flatMap((call) => {
    const asked = isJsonObject(call) && isJsonObject(call.function) ? call.function : undefined;
    return asked === undefined ? [] : [`[calls ${String(asked.name)}(${String(asked.arguments ?? "")})]`];
  });
}

/**
 * Cuts passages into pieces of at most so many tokens, from the last one on: where there are more than may be asked for,
 * the oldest are not among them.
 * @returns the pieces in the order of the text
 */
export function inPieces(passages: readonly Passage[], pieceTokens: number, mostPieces: number): readonly Piece[] {
  const pieces: Piece[] = [];
  let parts: string[] = [];
  let messages = new Set<number>();
  let left = pieceTokens;
  let place: Passage["place"] = "turns";
  const flush = () => {
    if (parts.length > 0) pieces.push({ text: parts.toReversed().join(BETWEEN), place, messages });
    parts = [];
    messages = new Set();
    left = pieceTokens;
  };
  for (const passage of passages.toReversed()) {
    if (passage.place !== place) flush();
    place = passage.place;
    let { text } = passage;
    while (text !== "" && pieces.length < mostPieces) {
      const size = estimateText(text);
      if (size > left && parts.length > 0 && left < pieceTokens * MOST_LEFT_SHARE) {
        flush();
        continue;
      }
      const cut = size <= left ? 0 : boundaryAfter(text, text.length - Math.floor((left / size) * text.length));
      parts.push(text.slice(cut));
      messages.add(passage.message);
      left -= estimateText(text.slice(cut));
      text = text.slice(0, cut);
      if (cut > 0) flush();
    }
    if (pieces.length >= mostPieces) break;
  }
  if (pieces.length < mostPieces) flush();
  return pieces.toReversed();
}

/** How far a cut moves to fall between two words, in UTF-16 units. */
const TO_A_SPACE = 40;

/**
 * The place at or soon after `at` where a text may be cut: after a space if one is near, never within a character, and
 * never behind the text's last character.
 */
export function boundaryAfter(text: string, at: number): number {
  const from = Math.min(Math.max(0, at), text.length - 1);
  for (let index = from; index < Math.min(text.length, from + TO_A_SPACE); index++) {
    if (index > 0 && /\s/.test(text.charAt(index - 1))) return index;
  }
  const code = text.charCodeAt(from);
  return from > 0 && code >= 0xdc00 && code <= 0xdfff ? from - 1 : from;
}

/** The place at or soon before `at` where a text may be cut, by the same rules. */
export function boundaryBefore(text: string, at: number): number {
  for (let index = at; index > Math.max(0, at - TO_A_SPACE); index--) {
    if (/\s/.test(text.charAt(index - 1))) return index;
  }
  const code = text.charCodeAt(at);
  return code >= 0xdc00 && code <= 0xdfff ? at - 1 : at;
}
