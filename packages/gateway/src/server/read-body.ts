import type { IncomingMessage } from "node:http";

const NO_BYTES = new Uint8Array(0);

const ignored = () => undefined;

/** What a request's head says about its body: the length in bytes, `unknown` for a chunked one. */
export function announcedLength(request: IncomingMessage): number | "unknown" {
  const length = request.headers["content-length"];
  if (length !== undefined) return Number(length);
  return request.headers["transfer-encoding"] === undefined ? 0 : "unknown";
}

/** A body, or why there is none. */
export type ReadBody = Uint8Array | "too-large" | "gone";

/**
 * Reads a request's body whole.
 * @param limit most bytes that are taken.
 * @param done told once: the bytes; `too-large` as soon as that is certain (the rest is still on its way); `gone` when
 * the client went away. A callback and not a promise, for each of which an answer that is there would wait a turn.
 */
export function readBody(request: IncomingMessage, limit: number, done: (body: ReadBody) => void): void {
  const length = announcedLength(request);
  if (length === 0 || (length !== "unknown" && length > limit)) {
    done(length === 0 ? NO_BYTES : "too-large");
    return;
  }
  const chunks: Buffer[] = [];
  let received = 0;
  let isDone = false;
  const settle = (body: ReadBody) => {
    if (isDone) return;
    isDone = true;
    done(body);
  };
  const onData = (chunk: Buffer) => {
    received += chunk.length;
    if (received <= limit) chunks.push(chunk);
    else {
      request.off("data", onData);
      settle("too-large");
    }
  };
  request.on("data", onData);
  // After the end nothing comes that these would act on: taking them away would cost more than they do.
  request.on("end", () => {
    const [only] = chunks;
    const body = chunks.length === 1 && only !== undefined ? only : Buffer.concat(chunks, received);
    // The listeners live as long as the response; the bytes, and the block of memory around them, need not.
    chunks.length = 0;
    settle(body);
  });
  request.on("close", () => settle("gone"));
  // Node destroys the request with an error when its connection breaks; `close` follows and says the same.
  request.on("error", ignored);
}
