import type { JsonObject } from "tideover/engine";

/** The special tokens of the tiny model: ChatML, as Qwen2 has it, and the think tags of DeepSeek-R1's distillates. */
export const TINY_SPECIAL = ["<|endoftext|>", "<|im_start|>", "<|im_end|>", "<think>", "</think>"] as const;

/** Words that are one token each, so that texts look like texts. */
const WORDS = [" the", " tide", " is", " sea", " harbour", " ship", " and", " over", " light", " slow", " rises"];

/** Qwen2's own splitting of a text before the merges (its `tokenizer.json`). */
const SPLIT =
  "(?i:'s|'t|'re|'ve|'m|'ll|'d)|[^\\r\\n\\p{L}\\p{N}]?\\p{L}+|\\p{N}| ?[^\\s\\p{L}\\p{N}]+[\\r\\n]*|\\s*[\\r\\n]+|\\s+(?!\\S)|\\s+";

/** The tokenizer of the tiny model: byte-level BPE in the form of Qwen2's `tokenizer.json`. */
export interface TinyTokenizer {
  readonly json: JsonObject;
  readonly vocabulary: number;
  /** Tokens of printable ASCII and of the words, and the one that ends an answer. */
  readonly speakable: ReadonlySet<number>;
  idOf(token: string): number;
}

/** Makes it: 256 bytes, the merges of a few words, the special tokens. */
export function tinyTokenizer(): TinyTokenizer {
  const byteTexts = bytesAsText();
  const ids = new Map<string, number>();
  const add = (token: string) => {
    if (!ids.has(token)) ids.set(token, ids.size);
  };
  for (const text of byteTexts) add(text);
  const merges: string[][] = [];
  for (const word of WORDS) {
    let made = byteTexts[word.charCodeAt(0)] ?? "";
    for (const letter of word.slice(1)) {
      if (!ids.has(made + letter)) merges.push([made, letter]);
      made += letter;
      add(made);
    }
  }
  const modelVocabulary = Object.fromEntries(ids);
  for (const token of TINY_SPECIAL) add(token);
  const idOf = (token: string) => {
    const id = ids.get(token);
    if (id === undefined) throw new RangeError(`The tiny tokenizer has no token ${token}.`);
    return id;
  };
  const printable = byteTexts.slice(0x20, 0x7f).map(idOf);
  const words = WORDS.map((word) => idOf((byteTexts[0x20] ?? "") + word.slice(1)));
  return {
    vocabulary: ids.size,
    speakable: new Set([...printable, ...words, idOf("<|im_end|>")]),
    idOf,
    json: {
      version: "1.0",
      truncation: null,
      padding: null,
      added_tokens: TINY_SPECIAL.map((content) => ({
        id: idOf(content),
        content,
        single_word: false,
        lstrip: false,
        rstrip: false,
        normalized: false,
        special: !content.includes("think"),
      })),
      normalizer: { type: "NFC" },
      pre_tokenizer: {
        type: "Sequence",
        pretokenizers: [
          { type: "Split", pattern: { Regex: SPLIT }, behavior: "Isolated", invert: false },
          { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
        ],
      },
      post_processor: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      decoder: { type: "ByteLevel", add_prefix_space: false, trim_offsets: false, use_regex: false },
      model: {
        type: "BPE",
        dropout: null,
        unk_token: null,
        continuing_subword_prefix: "",
        end_of_word_suffix: "",
        fuse_unk: false,
        byte_fallback: false,
        vocab: modelVocabulary,
        merges: merges.map((pair) => pair.join(" ")),
      },
    },
  };
}

/** How GPT-2's byte-level BPE writes each byte as a visible character (`bytes_to_unicode`). */
function bytesAsText(): string[] {
  const visible = (byte: number) => (byte >= 33 && byte <= 126) || (byte >= 161 && byte <= 255 && byte !== 173);
  let next = 256;
  return Array.from({ length: 256 }, (_, byte) => String.fromCodePoint(visible(byte) ? byte : next++));
}
