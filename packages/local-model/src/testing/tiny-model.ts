import { mkdir, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { withHalfCache } from "./half-cache.ts";
import { writeOnnx } from "./onnx-writer.ts";
import { tinyGraph } from "./tiny-graph.ts";
import { type TinyTokenizer, tinyTokenizer } from "./tiny-tokenizer.ts";
import { drawWeights, type TinyShape, type TinyWeights } from "./tiny-weights.ts";

/** How a tiny model is made. */
export interface TinyModelOptions {
  /** The same seed gives the same weights. Default 1. */
  readonly seed?: number;
  /** The chat template opens a think tag, as DeepSeek-R1's distillates do. */
  readonly thinking?: boolean;
  /** Most tokens of prompt and answer. Default 512. */
  readonly maxPositions?: number;
  /** Size of the layers; a larger one is slower. Default 64. */
  readonly hidden?: number;
  /** A second graph, `fp16`, whose cache and logits have 16 bits. Default false. */
  readonly half?: boolean;
}

/** A tiny Qwen2 with seeded weights. It has learned nothing; its texts are noise, and always the same. */
export interface TinyModel {
  readonly shape: TinyShape;
  readonly weights: TinyWeights;
  readonly tokenizer: TinyTokenizer;
  /** Its files by path, in the layout of the hub's ONNX repositories. */
  readonly files: ReadonlyMap<string, Uint8Array>;
}

/** Qwen2's chat template without tools. */
const CHAT_TEMPLATE =
  "{% for message in messages %}{{'<|im_start|>' + message['role'] + '\\n' + message['content'] + '<|im_end|>' + '\\n'}}{% endfor %}" +
  "{% if add_generation_prompt %}{{ '<|im_start|>assistant\\n' }}{% endif %}";

/** Makes a tiny model in memory: well below 5 MB. */
export function tinyModel(options: TinyModelOptions = {}): TinyModel {
  const { seed = 1, thinking = false, maxPositions = 512, hidden = 64 } = options;
  const tokenizer = tinyTokenizer();
  const heads = 4;
  const shape: TinyShape = {
    vocabulary: tokenizer.vocabulary,
    hidden,
    layers: 3,
    heads,
    keyValueHeads: 2,
    headSize: hidden / heads,
    intermediate: 2 * hidden,
    maxPositions,
    epsilon: 1e-6,
    ropeTheta: 10_000,
  };
  const weights = drawWeights(shape, seed, (token) => tokenizer.speakable.has(token));
  const graph = tinyGraph(shape, weights);
  const json = (value: unknown) => new TextEncoder().encode(`${JSON.stringify(value, null, 2)}\n`);
  const end = tokenizer.idOf("<|im_end|>");
  const template = thinking ? CHAT_TEMPLATE.replace("assistant\\n'", "assistant\\n<think>\\n'") : CHAT_TEMPLATE;
  const files = new Map<string, Uint8Array>([
    ["config.json", json(configOf(shape, end))],
    ["generation_config.json", json({ do_sample: false, eos_token_id: [end, tokenizer.idOf("<|endoftext|>")] })],
    ["tokenizer.json", json(tokenizer.json)],
    [
      "tokenizer_config.json",
      json({
        tokenizer_class: "Qwen2Tokenizer",
        eos_token: "<|im_end|>",
        pad_token: "<|endoftext|>",
        clean_up_tokenization_spaces: false,
        chat_template: template,
      }),
    ],
    ["onnx/model.onnx", writeOnnx(graph)],
    ...(options.half === true ? [["onnx/model_fp16.onnx", writeOnnx(withHalfCache(graph))] as const] : []),
  ]);
  return { shape, weights, tokenizer, files };
}

/** Writes a model's files into a folder, which is made. */
export async function writeModel({ files }: Pick<TinyModel, "files">, folder: string): Promise<void> {
  for (const [path, bytes] of files) {
    const target = join(folder, path);
    await mkdir(dirname(target), { recursive: true });
    await writeFile(target, bytes);
  }
}

function configOf(shape: TinyShape, endToken: number): Record<string, unknown> {
  return {
    architectures: ["Qwen2ForCausalLM"],
    model_type: "qwen2",
    hidden_size: shape.hidden,
    num_hidden_layers: shape.layers,
    num_attention_heads: shape.heads,
    num_key_value_heads: shape.keyValueHeads,
    head_dim: shape.headSize,
    intermediate_size: shape.intermediate,
    max_position_embeddings: shape.maxPositions,
    rms_norm_eps: shape.epsilon,
    rope_theta: shape.ropeTheta,
    hidden_act: "silu",
    tie_word_embeddings: false,
    vocab_size: shape.vocabulary,
    eos_token_id: endToken,
  };
}
