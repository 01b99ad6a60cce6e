/** A language model that gives, after each token, how likely each next one is. */
export interface Decoder {
  /** Begins an empty sequence. */
  begin(): Sequence;
}

/** One text in the making, with what the model remembers of it. */
export interface Sequence {
  /** Tokens so far. */
  readonly length: number;
  /**
   * Adds tokens.
   * @returns the logits of the token after the last one; the caller may change them.
   */
  advance(tokens: readonly number[]): Promise<Float32Array>;
}
