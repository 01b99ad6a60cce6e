/** A 16-bit float (IEEE 754 binary16) from its bits. */
export function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN;
  return sign * (1 + fraction / 1_024) * 2 ** (exponent - 15);
}

/** Numbers of a tensor as 32-bit floats, whatever it holds; 16-bit ones come as bits on some platforms. */
export function asFloats(data: ArrayLike<number>, type: string, start: number, end: number): Float32Array {
  if (data instanceof Float32Array) return data.subarray(start, end);
  const bits = type === "float16" && data instanceof Uint16Array;
  const floats = new Float32Array(end - start);
  for (let index = start; index < end; index++) {
    const value = data[index] ?? 0;
    floats[index - start] = bits ? fromHalf(value) : value;
  }
  return floats;
}
