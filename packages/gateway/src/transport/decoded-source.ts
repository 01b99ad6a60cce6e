import type { Transform } from "node:stream";
import zlib from "node:zlib";
import { type ByteSource, type Failure, failure, isFailure } from "tideover/engine";
import { MAX_CONTENT_CODINGS } from "./defaults.ts";

type Chunk = Uint8Array | undefined | Failure;

/** Flushes what is there after each input: an event of a compressed stream must not wait for the next one. */
const STREAMED = { flush: zlib.constants.Z_SYNC_FLUSH };

/** Makes the decoder of one coding; the first byte tells zlib-wrapped from raw deflate, which servers confuse. */
const DECODERS: Readonly<Record<string, (firstByte: number) => Transform>> = {
  gzip: () => zlib.createGunzip(STREAMED),
  "x-gzip": () => zlib.createGunzip(STREAMED),
  deflate: (first) => ((first & 0x0f) === 8 ? zlib.createInflate(STREAMED) : zlib.createInflateRaw(STREAMED)),
  br: () => zlib.createBrotliDecompress({ flush: zlib.constants.BROTLI_OPERATION_FLUSH }),
  zstd: () => zlib.createZstdDecompress({ flush: zlib.constants.ZSTD_e_flush }),
};

/**
 * The same bytes with their content codings taken off as they arrive.
 * @param target `host:port` of the server, for messages.
 * @returns a `fault` when a coding is unknown or too many are stacked.
 */
export function decodeContent(source: ByteSource, codings: string | undefined, target: string): ByteSource | Failure {
  if (codings === undefined) return source;
  const names = codings
    .split(",")
    .map((name) => name.trim().toLowerCase())
    .filter((name) => name !== "" && name !== "identity");
  const unknown = names.find((name) => !Object.hasOwn(DECODERS, name));
  if (unknown !== undefined || names.length > MAX_CONTENT_CODINGS) {
    const shown = codings.slice(0, 60);
    return failure("fault", "protocol-error", `${target} compressed its answer in a way not understood: ${shown}`);
  }
  return names.reduceRight<ByteSource>((inner, name) => new DecodedSource(inner, name, target), source);
}

/** One coding taken off. The decoder's own stream buffers bound what is held: reading pulls, nothing is pushed. */
class DecodedSource implements ByteSource {
  readonly #source: ByteSource;
  readonly #coding: string;
  readonly #target: string;
  #decoder: Transform | undefined;
  #ending: Failure | null | undefined;
  #feeding = false;
  #wake: (() => void) | undefined;

  constructor(source: ByteSource, coding: string, target: string) {
    this.#source = source;
    this.#coding = coding;
    this.#target = target;
  }

  async read(): Promise<Chunk> {
    for (;;) {
      const decoded: Uint8Array | null = this.#decoder?.read() ?? null;
      if (decoded !== null) return decoded;
      if (this.#ending !== undefined) return this.#ending ?? undefined;
      const woken = new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      if (!this.#feeding) void this.#feed();
      await woken;
    }
  }

  cancel(): void {
    this.#source.cancel();
    this.#end(failure("cancelled", "reader-gone", "The response was no longer wanted."));
    this.#decoder?.destroy();
  }

  /** Gives the decoder the next bytes; the decoder takes no more while its output is not read. */
  async #feed(): Promise<void> {
    this.#feeding = true;
    const chunk = await this.#source.read();
    if (chunk === undefined) {
      // A body without a byte is no compressed document at all.
      if (this.#decoder === undefined) this.#end(null);
      else this.#decoder.end();
      return;
    }
    if (isFailure(chunk)) {
      this.#end(chunk);
      this.#decoder?.destroy();
      return;
    }
    const decoder = this.#decoder ?? this.#open(chunk[0] ?? 0);
    decoder.write(chunk, () => {
      this.#feeding = false;
      this.#wakeReader();
    });
  }

  #open(firstByte: number): Transform {
    const create = DECODERS[this.#coding];
    if (create === undefined) throw new TypeError(`No decoder for ${this.#coding}.`);
    const decoder = create(firstByte);
    decoder.on("readable", () => this.#wakeReader());
    decoder.on("end", () => this.#end(null));
    decoder.on("error", () => {
      this.#source.cancel();
      this.#end(
        failure("fault", "protocol-error", `${this.#target} sent an answer that is not valid ${this.#coding}.`),
      );
    });
    this.#decoder = decoder;
    return decoder;
  }

  #end(ending: Failure | null): void {
    if (this.#ending === undefined) this.#ending = ending;
    this.#wakeReader();
  }

  #wakeReader(): void {
    const wake = this.#wake;
    this.#wake = undefined;
    wake?.();
  }
}
