import type { Decoder, Sequence } from "../decoding/decoder.ts";
import type { DecoderShape } from "../folder/read-model-folder.ts";
import { asFloats } from "./half-floats.ts";
import type { OnnxRuntime, OnnxSession, OnnxTensor } from "./onnx-runtime.ts";

/** The model's graph has other inputs or outputs than a decoder with a cache. */
export class UnknownGraph extends Error {
  override readonly name = "UnknownGraph";
}

/** Inputs that are fed beside the cache. */
const KNOWN_INPUTS: ReadonlySet<string> = new Set([
  "input_ids",
  "attention_mask",
  "position_ids",
  "num_logits_to_keep",
]);

/**
 * A decoder in the layout that Optimum and transformers.js export: `input_ids`, `attention_mask`, perhaps
 * `position_ids`, and per layer `past_key_values.N.key` and `.value`, which come back as `present.N.key` and `.value`.
 * @throws UnknownGraph for any other.
 */
export function onnxDecoder(runtime: OnnxRuntime, session: OnnxSession, shape: DecoderShape): Decoder {
  const past = session.inputNames.filter((name) => /^past_key_values\.\d+\.(key|value)$/.test(name));
  const strange = session.inputNames.filter((name) => !KNOWN_INPUTS.has(name) && !past.includes(name));
  const unanswered = ["logits", ...past.map(presentOf)].filter((name) => !session.outputNames.includes(name));
  if (strange.length > 0 || unanswered.length > 0 || past.length !== 2 * shape.layers) {
    const why =
      strange.length > 0
        ? `unknown inputs ${strange.slice(0, 3).join(", ")}`
        : unanswered.length > 0
          ? `no output ${unanswered[0]}`
          : `${past.length} cache inputs for ${shape.layers} layers`;
    throw new UnknownGraph(`The model's graph is not a decoder with a cache of the usual layout: ${why}.`);
  }
  return { begin: () => new OnnxSequence(runtime, session, shape, past) };
}

class OnnxSequence implements Sequence {
  readonly #runtime: OnnxRuntime;
  readonly #session: OnnxSession;
  readonly #past: readonly string[];
  /** Keys and values of all tokens so far, by input name. */
  #cache: Record<string, OnnxTensor>;
  #length = 0;

  constructor(runtime: OnnxRuntime, session: OnnxSession, shape: DecoderShape, past: readonly string[]) {
    this.#runtime = runtime;
    this.#session = session;
    this.#past = past;
    const dims = [1, shape.keyValueHeads, 0, shape.headSize];
    this.#cache = Object.fromEntries(past.map((name) => [name, this.#empty(typeOf(session, name), dims)]));
  }

  get length(): number {
    return this.#length;
  }

  async advance(tokens: readonly number[]): Promise<Float32Array> {
    if (tokens.length === 0) throw new RangeError("A sequence advances by at least one token.");
    const total = this.#length + tokens.length;
    const outputs = await this.#session.run(this.#feeds(tokens, total));
    this.#length = total;
    this.#cache = Object.fromEntries(this.#past.map((name) => [name, asInput(required(outputs, presentOf(name)))]));
    return lastLogits(required(outputs, "logits"));
  }

  #feeds(tokens: readonly number[], total: number): Record<string, OnnxTensor> {
    const feeds: Record<string, OnnxTensor> = { ...this.#cache, input_ids: this.#integers(tokens) };
    const { inputNames } = this.#session;
    if (inputNames.includes("attention_mask")) {
      feeds.attention_mask = this.#integers(Array.from({ length: total }, () => 1));
    }
    if (inputNames.includes("position_ids")) {
      feeds.position_ids = this.#integers(tokens.map((_, index) => this.#length + index));
    }
    if (inputNames.includes("num_logits_to_keep")) {
      feeds.num_logits_to_keep = new this.#runtime.Tensor("int64", BigInt64Array.of(1n), []);
    }
    return feeds;
  }

  #integers(values: readonly number[]): OnnxTensor {
    return new this.#runtime.Tensor("int64", BigInt64Array.from(values, BigInt), [1, values.length]);
  }

  #empty(type: string, dims: readonly number[]): OnnxTensor {
    const data = type === "float16" ? new Uint16Array(0) : new Float32Array(0);
    return new this.#runtime.Tensor(type, data, dims);
  }
}

function presentOf(past: string): string {
  return past.replace("past_key_values", "present");
}

function typeOf(session: OnnxSession, input: string): string {
  return session.inputMetadata?.find(({ name }) => name === input)?.type ?? "float32";
}

function required(outputs: Readonly<Record<string, OnnxTensor>>, name: string): OnnxTensor {
  const tensor = outputs[name];
  if (tensor === undefined) throw new UnknownGraph(`The model gave no ${name}.`);
  return tensor;
}

/**
 * A tensor that came out, as one that goes in. Where the platform has `Float16Array` (Node 24), onnxruntime-node 1.30 gives
 * 16-bit tensors with it, and takes it for empty when it is handed back: it reads the size of the older typed arrays only.
 */
function asInput(tensor: OnnxTensor): OnnxTensor {
  const { type, dims, data } = tensor;
  if (type !== "float16" || data instanceof Uint16Array || !ArrayBuffer.isView(data)) return tensor;
  const { buffer, byteOffset, byteLength } = data;
  return { type, dims, data: new Uint16Array(buffer, byteOffset, byteLength / 2), location: "cpu" };
}

/** The logits of the last position, of `[1, positions, vocabulary]`. */
function lastLogits({ dims, data, type }: OnnxTensor): Float32Array {
  const [, positions = 1, vocabulary = 0] = dims;
  const end = positions * vocabulary;
  return asFloats(data as ArrayLike<number>, type, end - vocabulary, end);
}
