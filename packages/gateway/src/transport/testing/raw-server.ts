import { createServer, type Server, type Socket } from "node:net";
import type { ByteSource } from "tideover/engine";

/** A TCP server whose answer to each request is written by the test, byte by byte. */
export interface RawServer {
  readonly port: number;
  readonly url: string;
  /** Sockets that are open now. */
  readonly open: ReadonlySet<Socket>;
  close(): Promise<void>;
}

/**
 * Starts one on a free loopback port. `answer` is called for each request head (and what came with it) with the
 * connection's request number from 1.
 */
export async function startRawServer(
  answer: (socket: Socket, request: number, head: string) => void,
  host = "127.0.0.1",
): Promise<RawServer> {
  const open = new Set<Socket>();
  const server: Server = createServer((socket) => {
    let requests = 0;
    open.add(socket);
    socket.on("close", () => open.delete(socket));
    socket.on("error", () => socket.destroy());
    socket.on("data", (data) => {
      const text = data.toString("latin1");
      if (/^[A-Z]+ \S+ HTTP\/1\.1\r\n/.test(text)) answer(socket, ++requests, text);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, host, resolve));
  const address = server.address();
  if (address === null || typeof address === "string") throw new Error("The test server has no port.");
  return {
    port: address.port,
    url: `http://${host.includes(":") ? `[${host}]` : host}:${address.port}`,
    open,
    close: () =>
      new Promise((resolve) => {
        for (const socket of open) socket.destroy();
        server.close(() => resolve());
      }),
  };
}

/** A whole response with a length. */
export function wholeResponse(body: string, headers = ""): string {
  return `HTTP/1.1 200 OK\r\nContent-Length: ${Buffer.byteLength(body)}\r\n${headers}\r\n${body}`;
}

/** The head of a chunked response. */
export const CHUNKED_HEAD = "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n";

/** One HTTP chunk. */
export function httpChunk(data: Uint8Array | string): Buffer {
  const bytes = Buffer.from(data);
  return Buffer.concat([Buffer.from(`${bytes.length.toString(16)}\r\n`), bytes, Buffer.from("\r\n")]);
}

/** Reads to the end: the text, and the failure's reason when it broke. */
export async function readAll(source: ByteSource): Promise<{ text: string; broke?: string }> {
  const parts: Uint8Array[] = [];
  for (;;) {
    const chunk = await source.read();
    if (chunk === undefined) return { text: Buffer.concat(parts).toString() };
    if (!(chunk instanceof Uint8Array)) return { text: Buffer.concat(parts).toString(), broke: chunk.reason };
    parts.push(chunk);
  }
}

/** Waits until `condition` holds, looking every few milliseconds, and gives how long that took in ms. */
export async function until(condition: () => boolean, boundMs = 5_000): Promise<number> {
  const from = performance.now();
  while (!condition()) {
    if (performance.now() - from > boundMs) throw new Error("The condition did not come true in time.");
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  return performance.now() - from;
}
