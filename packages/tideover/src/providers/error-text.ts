import type { ByteSource, Clock } from "../engine/index.ts";

/** Most bytes of an error body that are looked at: 64 KiB, many times the longest known. */
export const MAX_ERROR_BODY_BYTES = 64 * 1024;

/**
 * Longest wait for an error body once its head is there, in ms. The status alone says enough, so a body that does not
 * come may not hold up the next attempt.
 */
export const ERROR_BODY_PATIENCE_MS = 2_000;

/**
 * Reads an error body until it ends, breaks, reaches the cap, has taken too long, or `signal` aborts; then gives the
 * connection back. Never rejects.
 * @returns what came until then, as text.
 */
export async function readErrorText(source: ByteSource, clock: Clock, signal: AbortSignal): Promise<string> {
  const parts: Uint8Array[] = [];
  let size = 0;
  let stop = (): void => {};
  const stopped = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
  });
  const timer = clock.schedule(ERROR_BODY_PATIENCE_MS, stop);
  signal.addEventListener("abort", stop, { once: true });
  try {
    while (size < MAX_ERROR_BODY_BYTES && !signal.aborted) {
      const read = await Promise.race([source.read(), stopped]);
      if (!(read instanceof Uint8Array)) break;
      parts.push(read);
      size += read.length;
    }
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", stop);
    source.cancel();
  }
  return decode(parts);
}

function decode(parts: readonly Uint8Array[]): string {
  const decoder = new TextDecoder();
  let text = "";
  let left = MAX_ERROR_BODY_BYTES;
  for (const part of parts) {
    text += decoder.decode(part.subarray(0, left), { stream: true });
    left -= Math.min(left, part.length);
  }
  return text + decoder.decode();
}
