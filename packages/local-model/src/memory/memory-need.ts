import { MEMORY_MARGIN_BYTES, MEMORY_OVERHEAD } from "../defaults.ts";
import type { Dtype } from "../folder/model-files.ts";
import type { DecoderShape } from "../folder/read-model-folder.ts";

/** What a model is reckoned to take, in bytes. */
export interface MemoryNeed {
  readonly weights: number;
  /** Keys and values of a whole context, twice: the old ones are there while the new ones are made. */
  readonly cache: number;
  readonly overhead: number;
  readonly total: number;
}

/** Bytes of a number in the cache: 16-bit models keep it in 16 bits. */
function cacheNumberBytes(dtype: Dtype): number {
  return dtype === "fp16" || dtype === "q4f16" ? 2 : 4;
}

/** Reckons what a model takes when its whole context is used. */
export function memoryNeed(weightBytes: number, shape: DecoderShape, dtype: Dtype, contextTokens: number): MemoryNeed {
  const perToken = 2 * shape.layers * shape.keyValueHeads * shape.headSize * cacheNumberBytes(dtype);
  const cache = 2 * perToken * contextTokens;
  const overhead = Math.ceil(weightBytes * MEMORY_OVERHEAD);
  return { weights: weightBytes, cache, overhead, total: weightBytes + cache + overhead };
}

/** Why a model does not fit into the memory that is left; undefined when it does. */
export function refusalForMemory(need: MemoryNeed, availableBytes: number): string | undefined {
  const left = availableBytes - MEMORY_MARGIN_BYTES;
  if (need.total <= left) return undefined;
  return (
    `The model needs about ${mebibytes(need.total)} (weights ${mebibytes(need.weights)}, ` +
    `cache ${mebibytes(need.cache)}) and ${mebibytes(Math.max(0, left))} are left; ` +
    "take a smaller one, a smaller dtype or a shorter context."
  );
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / (1_024 * 1_024))} MiB`;
}
