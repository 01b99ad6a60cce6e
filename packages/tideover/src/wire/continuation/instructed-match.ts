import { LEAST_RESTART, LONGEST_REPETITION } from "./defaults.ts";
import type { HeadStep } from "./head-match.ts";

/**
 * Finds where the answer of a host that was merely told to go on joins what was shown: the longest end of the shown
 * text with which it begins is a repetition. It keeps the head while that may still grow.
 */
export class InstructedMatch {
  readonly #shown: string;
  #head = "";

  /** @param shown all that was shown of the text. */
  constructor(shown: string) {
    this.#shown = shown;
  }

  push(text: string): HeadStep {
    this.#head += text;
    if (this.#head.length > LONGEST_REPETITION + text.length) return "mismatch";
    // As long as the head is found inside the shown text, more of the repetition may follow.
    if (this.#shown.includes(this.#head.trimStart())) return "more";
    const step = this.#decide();
    return typeof step === "object" && step.rest.trim() === "" ? "more" : step;
  }

  /** Nothing follows: decides with what is there. */
  end(): HeadStep {
    const step = this.#decide();
    return typeof step === "object" && step.rest.trim() === "" ? "mismatch" : step;
  }

  #decide(): HeadStep {
    const head = this.#head.trimStart();
    const overlap = longestOverlap(this.#shown, head);
    if (overlap > 0) return { rest: head.slice(overlap) };
    return this.#beginsAnew(head) ? "mismatch" : { rest: this.#head };
  }

  #beginsAnew(head: string): boolean {
    return head.startsWith(this.#shown.trimStart().slice(0, LEAST_RESTART));
  }
}

/** Letters and digits of scripts that write words apart; a Chinese character is a word by itself. */
const IN_WORD = /[\p{L}\p{N}]/u;
const WORD_BY_ITSELF = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}]/u;

/**
 * Length of the longest end of `shown` that `head` begins with. One that begins inside a word is chance: "the" and
 * "extra" do not overlap.
 */
function longestOverlap(shown: string, head: string): number {
  for (let length = Math.min(shown.length, head.length, LONGEST_REPETITION); length > 0; length--) {
    const start = shown.length - length;
    if (shown.startsWith(head.slice(0, length), start) && !insideWord(shown, start)) return length;
  }
  return 0;
}

function insideWord(text: string, at: number): boolean {
  const isInWord = (unit: string) => IN_WORD.test(unit) && !WORD_BY_ITSELF.test(unit);
  return at > 0 && isInWord(text.charAt(at - 1)) && isInWord(text.charAt(at));
}
