import type { Json } from "../../engine/json.ts";

/**
 * Deepest nesting that is accepted from a provider. `JSON.parse` takes any depth, but `JSON.stringify` of a value
 * of some thousand levels overflows the stack, and an answer may have to be written again.
 */
export const MAX_JSON_DEPTH = 1_000;

/** The JSON value of a text; undefined when it is none, or nested deeper than {@link MAX_JSON_DEPTH}. */
export function parseJson(text: string): Json | undefined {
  // A short text cannot be deep: the chunks of a stream are not scanned.
  if (text.length > MAX_JSON_DEPTH && scanNesting(text).deepest > MAX_JSON_DEPTH) return undefined;
  try {
    return JSON.parse(text) as Json;
  } catch {
    // The only error that JSON.parse has for a string is a SyntaxError: that is the answer.
    return undefined;
  }
}

/** Whether a text that is no valid JSON ends inside a string, an object or a list: the rest was cut off. */
export function isTruncatedJson(text: string): boolean {
  return scanNesting(text).open;
}

function scanNesting(text: string): { deepest: number; open: boolean } {
  let depth = 0;
  let deepest = 0;
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case 0x22: // "
        at = endOfString(text, at);
        if (at === -1) return { deepest, open: true };
        break;
      case 0x5b: // [
      case 0x7b: // {
        depth++;
        if (depth > deepest) deepest = depth;
        break;
      case 0x5d: // ]
      case 0x7d: // }
        depth--;
        break;
    }
  }
  return { deepest, open: depth > 0 };
}

/** Where the string that begins at `start` ends; -1 when it does not. */
function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1) {
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === 0x5c) backslashes++;
    if (backslashes % 2 === 0) return end;
    end = text.indexOf('"', end + 1);
  }
  return -1;
}
