import { MOST_PENDING_TOKENS } from "../defaults.ts";
import type { TextCodec } from "./text-codec.ts";

/** How many tokens are decoded together with new ones, because some decoders look at what stands before. */
const CONTEXT_TOKENS = 4;

/**
 * The text of tokens that come one by one. A token may hold part of a character; such a part is held until the rest
 * has come, so that what goes out is always whole characters.
 */
export class GrowingText {
  readonly #codec: TextCodec;
  /** Tokens whose text has gone out, kept as context. */
  #context: number[] = [];
  #pending: number[] = [];

  constructor(codec: TextCodec) {
    this.#codec = codec;
  }

  /** The text that one more token would bring, after what is held; with U+FFFD where a character is not whole. */
  preview(token: number): string {
    return this.#textOf([...this.#pending, token]);
  }

  /** Takes a token. @returns the text that has become whole; may be empty. */
  push(token: number): string {
    this.#pending.push(token);
    const text = this.#textOf(this.#pending);
    if (text.endsWith("\ufffd") && this.#pending.length < MOST_PENDING_TOKENS) return "";
    return this.#release(text);
  }

  /** What is held, whole or not. */
  end(): string {
    return this.#pending.length === 0 ? "" : this.#release(this.#textOf(this.#pending));
  }

  #release(text: string): string {
    this.#context = [...this.#context, ...this.#pending].slice(-CONTEXT_TOKENS);
    this.#pending = [];
    return text;
  }

  #textOf(tokens: readonly number[]): string {
    const before = this.#codec.decode(this.#context);
    const whole = this.#codec.decode([...this.#context, ...tokens]);
    return whole.slice(before.length);
  }
}
