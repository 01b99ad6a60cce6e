import type { Decoder, Sequence } from "../decoding/decoder.ts";
import { type Matrix, rotaryAngles, type TinyLayer, type TinyShape, type TinyWeights } from "./tiny-weights.ts";

/**
 * Qwen2 in plain loops of double precision, without a cache: every step reckons the whole text anew. Written from the
 * architecture's description, not from the graph, so that one checks the other.
 */
export function referenceLogits(shape: TinyShape, weights: TinyWeights, tokens: readonly number[]): Float64Array {
  const { hidden } = shape;
  const angles = rotaryAngles(shape);
  let states: Float64Array[] = tokens.map((token) =>
    Float64Array.from(weights.embedding.data.subarray(token * hidden, (token + 1) * hidden)),
  );
  for (const layer of weights.layers) {
    const attended = attention(shape, layer, angles, states);
    states = states.map((state, position) => feedForward(shape, layer, sum(state, attended[position] ?? state)));
  }
  const last = states.at(-1) ?? new Float64Array(hidden);
  return times(norm(last, weights.norm, shape.epsilon), weights.head);
}

function attention(
  shape: TinyShape,
  layer: TinyLayer,
  angles: Float64Array,
  states: readonly Float64Array[],
): Float64Array[] {
  const { heads, keyValueHeads, headSize, epsilon } = shape;
  const rotated = (flat: Float64Array, position: number) => rotate(flat, position, headSize, angles);
  const normed = states.map((state) => norm(state, layer.inputNorm, epsilon));
  const queries = normed.map((state, at) => rotated(sum(times(state, layer.query), layer.queryBias), at));
  const keys = normed.map((state, at) => rotated(sum(times(state, layer.key), layer.keyBias), at));
  const values = normed.map((state) => sum(times(state, layer.value), layer.valueBias));
  return queries.map((query, position) => {
    const mixed = new Float64Array(heads * headSize);
    for (let head = 0; head < heads; head++) {
      const from = Math.floor(head / (heads / keyValueHeads)) * headSize;
      const scores = keys.slice(0, position + 1).map((key) => {
        let score = 0;
        for (let i = 0; i < headSize; i++) score += (query[head * headSize + i] ?? 0) * (key[from + i] ?? 0);
        return score / Math.sqrt(headSize);
      });
      const shares = softmax(scores);
      for (const [at, share] of shares.entries()) {
        for (let i = 0; i < headSize; i++) {
          const place = head * headSize + i;
          mixed[place] = (mixed[place] ?? 0) + share * (values[at]?.[from + i] ?? 0);
        }
      }
    }
    return times(mixed, layer.output);
  });
}

function feedForward({ epsilon }: TinyShape, layer: TinyLayer, state: Float64Array): Float64Array {
  const normed = norm(state, layer.attentionNorm, epsilon);
  const gate = times(normed, layer.gate);
  const up = times(normed, layer.up);
  const inner = gate.map((value, index) => (value / (1 + Math.exp(-value))) * (up[index] ?? 0));
  return sum(state, times(inner, layer.down));
}

function rotate(flat: Float64Array, position: number, headSize: number, angles: Float64Array): Float64Array {
  const half = headSize / 2;
  return flat.map((value, index) => {
    const inHead = index % headSize;
    const partner = inHead < half ? -(flat[index + half] ?? 0) : (flat[index - half] ?? 0);
    const angle = angles[position * headSize + inHead] ?? 0;
    return value * Math.cos(angle) + partner * Math.sin(angle);
  });
}

function norm(state: Float64Array, weight: Float32Array, epsilon: number): Float64Array {
  const square = state.reduce((total, value) => total + value * value, 0) / state.length;
  return state.map((value, index) => (value / Math.sqrt(square + epsilon)) * (weight[index] ?? 0));
}

function times(state: Float64Array, { rows, columns, data }: Matrix): Float64Array {
  const product = new Float64Array(columns);
  for (let row = 0; row < rows; row++) {
    const factor = state[row] ?? 0;
    for (let column = 0; column < columns; column++) {
      product[column] = (product[column] ?? 0) + factor * (data[row * columns + column] ?? 0);
    }
  }
  return product;
}

function sum(state: Float64Array, other: ArrayLike<number>): Float64Array {
  return state.map((value, index) => value + (other[index] ?? 0));
}

function softmax(scores: readonly number[]): number[] {
  const most = Math.max(...scores);
  const exponents = scores.map((score) => Math.exp(score - most));
  const total = exponents.reduce((all, one) => all + one, 0);
  return exponents.map((one) => one / total);
}

/** The same as a decoder, for the loop that the real one runs in. */
export function referenceDecoder(shape: TinyShape, weights: TinyWeights): Decoder {
  return {
    begin(): Sequence {
      const tokens: number[] = [];
      return {
        get length() {
          return tokens.length;
        },
        advance(more) {
          tokens.push(...more);
          return Promise.resolve(Float32Array.from(referenceLogits(shape, weights, tokens)));
        },
      };
    },
  };
}
