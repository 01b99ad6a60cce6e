/**
 * Writes ONNX files: the few messages of `onnx.proto` (IR version 8, operator set 17) that a decoder needs, as plain
 * protocol buffers. For models that tests make; not a general exporter.
 */

/** Element types (`onnx.proto`, `TensorProto.DataType`). */
export const ELEMENT = { float: 1, int64: 7, bool: 9, float16: 10 } as const;
/** Attribute types (`onnx.proto`, `AttributeProto.AttributeType`). */
const ATTRIBUTE = { int: 2, ints: 7 } as const;

type Bytes = readonly number[] | Uint8Array;

/** A constant of a graph. */
export interface Initializer {
  readonly name: string;
  readonly dims: readonly number[];
  readonly data: Float32Array | BigInt64Array;
}

/** One operation. */
export interface Operation {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly outputs: readonly string[];
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

/** An input or output; a dimension is a number, or a name where it varies. */
export interface GraphValue {
  readonly name: string;
  readonly type: "float" | "float16" | "int64";
  readonly dims: readonly (number | string)[];
}

/** A whole graph. */
export interface Graph {
  readonly name: string;
  readonly operations: readonly Operation[];
  readonly initializers: readonly Initializer[];
  readonly inputs: readonly GraphValue[];
  readonly outputs: readonly GraphValue[];
}

/** The file of a graph. */
export function writeOnnx(graph: Graph): Uint8Array {
  const operatorSet = [...text(1, ""), ...integer(2, 17)];
  return Uint8Array.from([
    ...integer(1, 8),
    ...text(2, "tideover-tiny-model"),
    ...message(7, writeGraph(graph)),
    ...message(8, operatorSet),
  ]);
}

function writeGraph({ name, operations, initializers, inputs, outputs }: Graph): number[] {
  const bytes: number[] = [];
  for (const operation of operations) append(bytes, message(1, writeOperation(operation)));
  append(bytes, text(2, name));
  for (const initializer of initializers) append(bytes, message(5, writeInitializer(initializer)));
  for (const input of inputs) append(bytes, message(11, writeValue(input)));
  for (const output of outputs) append(bytes, message(12, writeValue(output)));
  return bytes;
}

function writeOperation({ type, inputs, outputs, attributes = {} }: Operation): number[] {
  const written = Object.entries(attributes).flatMap(([name, value]) => {
    const isList = typeof value !== "number";
    const values = isList ? value.flatMap((one) => integer(8, one)) : integer(3, value);
    return message(5, [...text(1, name), ...values, ...integer(20, isList ? ATTRIBUTE.ints : ATTRIBUTE.int)]);
  });
  return [
    ...inputs.flatMap((name) => text(1, name)),
    ...outputs.flatMap((name) => text(2, name)),
    ...text(4, type),
    ...written,
  ];
}

function writeInitializer({ name, dims, data }: Initializer): number[] {
  const type = data instanceof Float32Array ? ELEMENT.float : ELEMENT.int64;
  const bytes: number[] = [...dims.flatMap((size) => integer(1, size)), ...integer(2, type), ...text(8, name)];
  append(bytes, message(9, new Uint8Array(data.buffer, data.byteOffset, data.byteLength)));
  return bytes;
}

function writeValue({ name, type, dims }: GraphValue): number[] {
  const shape = dims.flatMap((size) => message(1, typeof size === "number" ? integer(1, size) : text(2, size)));
  const tensor = [...integer(1, ELEMENT[type]), ...message(2, shape)];
  return [...text(1, name), ...message(2, message(1, tensor))];
}

function integer(field: number, value: number): number[] {
  return [...varint(field << 3), ...varint(value)];
}

function text(field: number, value: string): number[] {
  return message(field, new TextEncoder().encode(value));
}

/** A field that carries its length: a text, bytes or an inner message. */
function message(field: number, bytes: Bytes): number[] {
  const written = [...varint((field << 3) | 2), ...varint(bytes.length)];
  append(written, bytes);
  return written;
}

/** Negative numbers take ten bytes, as protocol buffers have it. */
function varint(value: number): number[] {
  const bytes: number[] = [];
  let left = BigInt.asUintN(64, BigInt(value));
  while (left > 0x7fn) {
    bytes.push(Number(left & 0x7fn) | 0x80);
    left >>= 7n;
  }
  bytes.push(Number(left));
  return bytes;
}

/** Appends without spreading: a spread of megabytes overflows the stack. */
function append(to: number[], bytes: Bytes): void {
  for (const byte of bytes) to.push(byte);
}
