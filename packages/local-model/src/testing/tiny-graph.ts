import type { Graph, GraphValue, Initializer, Operation } from "./onnx-writer.ts";
import { type Matrix, rotaryAngles, type TinyLayer, type TinyShape, type TinyWeights } from "./tiny-weights.ts";

/**
 * A Qwen2 decoder as a graph of standard operators, with the inputs and outputs of the hub's exports: grouped-query
 * attention with biases, rotary positions, RMS norms, a gated feed-forward part, and a cache per layer.
 */
export function tinyGraph(shape: TinyShape, weights: TinyWeights): Graph {
  const builder = new GraphBuilder(shape);
  const { layers, keyValueHeads, headSize, vocabulary } = shape;
  builder.constants();
  builder.mask();
  let state = builder.op("Gather", [builder.matrix("embed", weights.embedding), "input_ids"], { axis: 0 });
  for (const [index, layer] of weights.layers.entries()) state = builder.layer(index, layer, state);
  const normed = builder.norm(state, builder.vector("final_norm", weights.norm));
  builder.op("MatMul", [normed, builder.matrix("lm_head", weights.head)], {}, "logits");

  const cache = (kind: string, length: string): GraphValue[] =>
    Array.from({ length: layers }, (_, index) => index).flatMap((index) =>
      ["key", "value"].map((part) => ({
        name: `${kind}.${index}.${part}`,
        type: "float" as const,
        dims: ["batch_size", keyValueHeads, length, headSize],
      })),
    );
  const tokens = (name: string, length: string): GraphValue => ({ name, type: "int64", dims: ["batch_size", length] });
  return {
    name: "tiny-qwen2",
    operations: builder.operations,
    initializers: builder.initializers,
    inputs: [
      tokens("input_ids", "sequence_length"),
      tokens("attention_mask", "total_sequence_length"),
      tokens("position_ids", "sequence_length"),
      ...cache("past_key_values", "past_sequence_length"),
    ],
    outputs: [
      { name: "logits", type: "float", dims: ["batch_size", "sequence_length", vocabulary] },
      ...cache("present", "total_sequence_length"),
    ],
  };
}

class GraphBuilder {
  readonly operations: Operation[] = [];
  readonly initializers: Initializer[] = [];
  readonly #shape: TinyShape;
  #count = 0;

  constructor(shape: TinyShape) {
    this.#shape = shape;
  }

  op(
    type: string,
    inputs: readonly string[],
    attributes: Readonly<Record<string, number | readonly number[]>> = {},
    output = `t${this.#count++}`,
  ): string {
    this.operations.push({ type, inputs, outputs: [output], attributes });
    return output;
  }

  floats(name: string, dims: readonly number[], data: Float32Array): string {
    this.initializers.push({ name, dims, data });
    return name;
  }

  integers(name: string, values: readonly number[], dims: readonly number[] = [values.length]): string {
    this.initializers.push({ name, dims, data: BigInt64Array.from(values, BigInt) });
    return name;
  }

  matrix(name: string, { rows, columns, data }: Matrix): string {
    return this.floats(name, [rows, columns], data);
  }

  vector(name: string, data: Float32Array): string {
    return this.floats(name, [data.length], data);
  }

  constants(): void {
    const { headSize, heads, keyValueHeads, epsilon, maxPositions } = this.#shape;
    const angles = rotaryAngles(this.#shape);
    this.floats("rope_cos", [maxPositions, headSize], Float32Array.from(angles, Math.cos));
    this.floats("rope_sin", [maxPositions, headSize], Float32Array.from(angles, Math.sin));
    this.floats("epsilon", [], Float32Array.of(epsilon));
    this.floats("score_scale", [], Float32Array.of(1 / Math.sqrt(headSize)));
    this.floats("allowed", [], Float32Array.of(0));
    this.floats("forbidden", [], Float32Array.of(-1e9));
    this.integers("zero", [0], []);
    this.integers("one", [1], []);
    this.integers("axis_1", [1]);
    this.integers("axis_2", [2]);
    this.integers("axis_3", [3]);
    this.integers("half_start", [0]);
    this.integers("half", [headSize / 2]);
    this.integers("half_end", [headSize]);
    this.integers("query_shape", [0, 0, heads, headSize]);
    this.integers("key_shape", [0, 0, keyValueHeads, headSize]);
    this.integers("repeats", [1, 1, heads / keyValueHeads, 1, 1]);
    this.integers("repeated_shape", [0, heads, -1, headSize]);
    this.integers("flat_shape", [0, 0, heads * headSize]);
  }

  /** A key is seen when it is not later than the query and the attention mask has it. */
  mask(): void {
    const length = this.op("Gather", [this.op("Shape", ["attention_mask"]), "one"], { axis: 0 });
    const keys = this.op("Range", ["zero", length, "one"]);
    const queries = this.op("Unsqueeze", ["position_ids", "axis_2"]);
    const earlier = this.op("LessOrEqual", [keys, queries]);
    const present = this.op("Cast", ["attention_mask"], { to: 9 });
    const seen = this.op("And", [earlier, this.op("Unsqueeze", [present, "axis_1"])]);
    const mask = this.op("Where", [seen, "allowed", "forbidden"]);
    this.op("Unsqueeze", [mask, "axis_1"], {}, "mask");
    for (const part of ["cos", "sin"]) {
      const rows = this.op("Gather", [`rope_${part}`, "position_ids"], { axis: 0 });
      this.op("Unsqueeze", [rows, "axis_1"], {}, part);
    }
  }

  norm(state: string, weight: string): string {
    const square = this.op("ReduceMean", [this.op("Mul", [state, state])], { axes: [-1], keepdims: 1 });
    const root = this.op("Sqrt", [this.op("Add", [square, "epsilon"])]);
    return this.op("Mul", [this.op("Div", [state, root]), weight]);
  }

  layer(index: number, layer: TinyLayer, state: string): string {
    const name = (part: string) => `layer_${index}_${part}`;
    const normed = this.norm(state, this.vector(name("input_norm"), layer.inputNorm));
    const project = (part: string, matrix: Matrix, bias: Float32Array, shape: string) => {
      const product = this.op("MatMul", [normed, this.matrix(name(part), matrix)]);
      const biased = this.op("Add", [product, this.vector(name(`${part}_bias`), bias)]);
      return this.op("Transpose", [this.op("Reshape", [biased, shape])], { perm: [0, 2, 1, 3] });
    };
    const query = this.#rotate(project("query", layer.query, layer.queryBias, "query_shape"));
    const key = this.#rotate(project("key", layer.key, layer.keyBias, "key_shape"));
    const value = project("value", layer.value, layer.valueBias, "key_shape");
    const keys = this.#withPast(index, "key", key);
    const values = this.#withPast(index, "value", value);
    const turned = this.op("Transpose", [this.#repeat(keys)], { perm: [0, 1, 3, 2] });
    const scores = this.op("Mul", [this.op("MatMul", [query, turned]), "score_scale"]);
    const weights = this.op("Softmax", [this.op("Add", [scores, "mask"])], { axis: -1 });
    const heads = this.op("MatMul", [weights, this.#repeat(values)]);
    const flat = this.op("Reshape", [this.op("Transpose", [heads], { perm: [0, 2, 1, 3] }), "flat_shape"]);
    const attended = this.op("Add", [
      state,
      this.op("MatMul", [flat, this.matrix(name("attention_output"), layer.output)]),
    ]);

    const inner = this.norm(attended, this.vector(name("attention_norm"), layer.attentionNorm));
    const gate = this.op("MatMul", [inner, this.matrix(name("gate"), layer.gate)]);
    const swish = this.op("Mul", [gate, this.op("Sigmoid", [gate])]);
    const gated = this.op("Mul", [swish, this.op("MatMul", [inner, this.matrix(name("up"), layer.up)])]);
    return this.op("Add", [attended, this.op("MatMul", [gated, this.matrix(name("down"), layer.down)])]);
  }

  #rotate(state: string): string {
    const first = this.op("Slice", [state, "half_start", "half", "axis_3"]);
    const second = this.op("Slice", [state, "half", "half_end", "axis_3"]);
    const turned = this.op("Concat", [this.op("Neg", [second]), first], { axis: -1 });
    return this.op("Add", [this.op("Mul", [state, "cos"]), this.op("Mul", [turned, "sin"])]);
  }

  #withPast(index: number, part: string, now: string): string {
    const past = `past_key_values.${index}.${part}`;
    return this.op("Concat", [past, now], { axis: 2 }, `present.${index}.${part}`);
  }

  /** Each key and value head serves several query heads. */
  #repeat(state: string): string {
    const opened = this.op("Unsqueeze", [state, "axis_2"]);
    return this.op("Reshape", [this.op("Expand", [opened, "repeats"]), "repeated_shape"]);
  }
}
