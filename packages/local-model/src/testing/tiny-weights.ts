import { seededRandom } from "tideover/engine";

/** The shape of a tiny Qwen2: the names are those of its `config.json`. */
export interface TinyShape {
  readonly vocabulary: number;
  readonly hidden: number;
  readonly layers: number;
  readonly heads: number;
  readonly keyValueHeads: number;
  readonly headSize: number;
  readonly intermediate: number;
  readonly maxPositions: number;
  readonly epsilon: number;
  readonly ropeTheta: number;
}

/** A matrix by rows: `rows` inputs, `columns` outputs. */
export interface Matrix {
  readonly rows: number;
  readonly columns: number;
  readonly data: Float32Array;
}

/** The weights of one layer. */
export interface TinyLayer {
  readonly inputNorm: Float32Array;
  readonly query: Matrix;
  readonly queryBias: Float32Array;
  readonly key: Matrix;
  readonly keyBias: Float32Array;
  readonly value: Matrix;
  readonly valueBias: Float32Array;
  readonly output: Matrix;
  readonly attentionNorm: Float32Array;
  readonly gate: Matrix;
  readonly up: Matrix;
  readonly down: Matrix;
}

/** All weights of a tiny model. */
export interface TinyWeights {
  readonly embedding: Matrix;
  readonly layers: readonly TinyLayer[];
  readonly norm: Float32Array;
  readonly head: Matrix;
}

/**
 * Weights drawn from a seed.
 * @param speakable tokens that greedy decoding may choose; the others' logits are zero, so that the text is readable.
 */
export function drawWeights(shape: TinyShape, seed: number, speakable: (token: number) => boolean): TinyWeights {
  const random = seededRandom(seed);
  const draw = (scale: number) => (random.next() + random.next() + random.next() - 1.5) * scale;
  const vector = (size: number, scale: number, middle = 0) =>
    Float32Array.from({ length: size }, () => middle + draw(scale));
  const matrix = (rows: number, columns: number): Matrix => ({
    rows,
    columns,
    data: vector(rows * columns, 2 / Math.sqrt(rows)),
  });
  const { hidden, heads, keyValueHeads, headSize, intermediate, vocabulary } = shape;
  const layer = (): TinyLayer => ({
    inputNorm: vector(hidden, 0.2, 1),
    query: matrix(hidden, heads * headSize),
    queryBias: vector(heads * headSize, 0.2),
    key: matrix(hidden, keyValueHeads * headSize),
    keyBias: vector(keyValueHeads * headSize, 0.2),
    value: matrix(hidden, keyValueHeads * headSize),
    valueBias: vector(keyValueHeads * headSize, 0.2),
    output: matrix(heads * headSize, hidden),
    attentionNorm: vector(hidden, 0.2, 1),
    gate: matrix(hidden, intermediate),
    up: matrix(hidden, intermediate),
    down: matrix(intermediate, hidden),
  });
  const embedding = { rows: vocabulary, columns: hidden, data: vector(vocabulary * hidden, 1) };
  const layers = Array.from({ length: shape.layers }, layer);
  const head = matrix(hidden, vocabulary);
  for (let token = 0; token < vocabulary; token++) {
    if (speakable(token)) continue;
    for (let row = 0; row < hidden; row++) head.data[row * vocabulary + token] = 0;
  }
  return { embedding, layers, norm: vector(hidden, 0.2, 1), head };
}

/** Angles of the rotary position embedding: `positions x headSize`, both halves alike (Qwen2, `rotate_half`). */
export function rotaryAngles({ maxPositions, headSize, ropeTheta }: TinyShape): Float64Array {
  const half = headSize / 2;
  return Float64Array.from({ length: maxPositions * headSize }, (_, index) => {
    const position = Math.floor(index / headSize);
    const frequency = ropeTheta ** (-(index % half) / half);
    return position * frequency;
  });
}
