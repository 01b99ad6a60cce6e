import { Tokenizer } from "@huggingface/tokenizers";
import type { JsonObject } from "tideover/engine";

/** Between texts and a model's tokens. */
export interface TextCodec {
  /** The tokens of a text, special ones by their names in it; none is added. */
  encode(text: string): number[];
  /** The text of some tokens, without the special ones; bytes that are no text yet come as U+FFFD. */
  decode(tokens: readonly number[]): string;
}

/**
 * The codec of a `tokenizer.json`.
 * @throws Error for a kind of tokenizer that is not known
 */
export function textCodec(tokenizer: JsonObject, tokenizerConfig: JsonObject): TextCodec {
  const inner = new Tokenizer({ ...tokenizer }, { ...tokenizerConfig });
  return {
    encode: (text) => inner.encode(text, { add_special_tokens: false }).ids,
    decode: (tokens) =>
      tokens.length === 0
        ? ""
        : inner.decode([...tokens], { skip_special_tokens: true, clean_up_tokenization_spaces: false }),
  };
}
