import { type ByteSource, type Failure, failure, failureOf } from "tideover/engine";

/** Reads a body as UTF-8 text, up to a number of bytes and until the signal aborts. Never rejects. */
export async function readText(source: ByteSource, mostBytes: number, signal: AbortSignal): Promise<string | Failure> {
  const cancel = () => source.cancel();
  signal.addEventListener("abort", cancel, { once: true });
  const chunks: Uint8Array[] = [];
  let total = 0;
  try {
    for (;;) {
      if (signal.aborted) return failureOf(signal);
      const chunk = await source.read();
      if (chunk === undefined) return Buffer.concat(chunks, total).toString("utf8");
      if (!(chunk instanceof Uint8Array)) return signal.aborted ? failureOf(signal) : chunk;
      total += chunk.byteLength;
      if (total > mostBytes) {
        source.cancel();
        return failure("fault", "answer-too-large", `The answer is larger than ${mostBytes} bytes.`);
      }
      chunks.push(chunk);
    }
  } finally {
    signal.removeEventListener("abort", cancel);
  }
}
