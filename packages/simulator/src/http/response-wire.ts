import type { ServerResponse } from "node:http";
import type { UpstreamWire } from "../model/wire.ts";
import { GzipStream } from "./gzip-stream.ts";

/** How much may wait for a slow caller before the model pauses, bytes. */
const WRITE_BUFFER_BYTES = 256 * 1024;

/** The wire of one HTTP response. */
export class ResponseWire implements UpstreamWire {
  readonly #response: ServerResponse;
  #gzip: GzipStream | undefined;

  constructor(response: ServerResponse) {
    this.#response = response;
  }

  head(status: number, headers: Readonly<Record<string, string>>): void {
    if (headers["content-encoding"] === "gzip") this.#gzip = new GzipStream();
    this.#response.writeHead(status, headers);
    // The head goes out at once, long before the body: this is how a busy DeepSeek looks like an accepting one.
    this.#response.flushHeaders();
  }

  write(bytes: Uint8Array): void {
    this.#response.write(this.#gzip === undefined ? bytes : this.#gzip.write(bytes));
  }

  end(): void {
    this.#response.end(this.#gzip?.end());
  }

  drop(): void {
    // Ending the socket instead of the response leaves out the chunk that would mark the end of the body.
    this.#response.socket?.end();
  }

  reset(): void {
    this.#response.socket?.resetAndDestroy();
  }

  refuse(): void {
    this.reset();
  }

  full(): boolean {
    return this.#response.writableLength > WRITE_BUFFER_BYTES;
  }
}
