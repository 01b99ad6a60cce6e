import { stripVTControlCharacters } from "node:util";
import { maskSecrets } from "tideover/providers";

/** Longest text of a provider that is shown, in UTF-16 units. */
const MOST_SHOWN = 300;

/** A provider's text made fit for a terminal and a log: one line, no control characters, no key, not too long. */
export function printable(text: string, apiKey?: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what must not reach a terminal
  const plain = stripVTControlCharacters(text).replace(/[\u0000-\u001f\u007f-\u009f\u2028\u2029]+/g, " ");
  const masked = maskSecrets(plain, apiKey);
  return masked.length > MOST_SHOWN ? `${masked.slice(0, MOST_SHOWN).toWellFormed()}…` : masked;
}
