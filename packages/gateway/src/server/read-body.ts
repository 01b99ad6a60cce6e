import type { IncomingMessage } from "node:http";

const NO_BYTES = new Uint8Array(0);

/** What a request's head says about its body: the length in bytes, `unknown` for a chunked one. */
export function announcedLength(request: IncomingMessage): number | "unknown" {
  const length = request.headers["content-length"];
  if (length !== undefined) return Number(length);
  return request.headers["transfer-encoding"] === undefined ? 0 : "unknown";
}

/**
 * Reads a request's body whole.
 * @param limit most bytes that are taken.
 * @returns the bytes; `too-large` as soon as that is certain (the rest is still on its way); `gone` when the client
 * went away. Never rejects.
 */
export function readBody(request: IncomingMessage, limit: number): Promise<Uint8Array | "too-large" | "gone"> {
  const length = announcedLength(request);
  if (length === 0) return Promise.resolve(NO_BYTES);
  if (length !== "unknown" && length > limit) return Promise.resolve("too-large");
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let received = 0;
    const settle = (result: Uint8Array | "too-large" | "gone") => {
      request.off("data", onData).off("end", onEnd).off("close", onGone);
      resolve(result);
    };
    const onData = (chunk: Buffer) => {
      received += chunk.length;
      if (received > limit) return settle("too-large");
      chunks.push(chunk);
    };
    const onEnd = () => {
      const [only] = chunks;
      settle(chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, received));
    };
    const onGone = () => settle("gone");
    // Node destroys the request with an error when its connection breaks; `close` follows and says the same.
    request.on("error", () => undefined);
    request.on("data", onData).on("end", onEnd).on("close", onGone);
  });
}
