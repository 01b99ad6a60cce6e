import type { HttpBody } from "tideover/front";

/** A body over bytes that are all there, given in pieces of `size` bytes. */
export function slices(bytes: Uint8Array, size: number): HttpBody {
  let at = 0;
  return {
    read() {
      if (at >= bytes.byteLength) return Promise.resolve(undefined);
      const piece = bytes.subarray(at, at + size);
      at += size;
      return Promise.resolve(piece);
    },
    cancel() {
      at = bytes.byteLength;
    },
  };
}
