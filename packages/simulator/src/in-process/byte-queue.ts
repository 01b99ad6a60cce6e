import type { ByteSource, Failure } from "tideover/engine";

/** How much may wait for a slow reader before the model pauses, bytes. */
const QUEUE_BYTES = 64 * 1024;

/** What the model writes, until it is read. */
export class ByteQueue implements ByteSource {
  readonly #left: () => void;
  #chunks: Uint8Array[] = [];
  #size = 0;
  #end: { readonly failure: Failure | undefined } | undefined;
  #reader: ((next: Uint8Array | undefined | Failure) => void) | undefined;
  #cancelled = false;

  /** @param left called when the reader cancels. */
  constructor(left: () => void) {
    this.#left = left;
  }

  get full(): boolean {
    return this.#size > QUEUE_BYTES;
  }

  push(bytes: Uint8Array): void {
    if (this.#cancelled || bytes.length === 0) return;
    if (this.#reader !== undefined) {
      this.#give(bytes);
      return;
    }
    this.#chunks.push(bytes);
    this.#size += bytes.length;
  }

  /** No more bytes: a clean end, or the failure that broke the connection. */
  finish(failure?: Failure): void {
    this.#end = { failure };
    this.#give(failure);
  }

  read(): Promise<Uint8Array | undefined | Failure> {
    const next = this.#chunks.shift();
    if (next !== undefined) {
      this.#size -= next.length;
      return Promise.resolve(next);
    }
    if (this.#cancelled) return Promise.resolve(undefined);
    if (this.#end !== undefined) return Promise.resolve(this.#end.failure);
    return new Promise((resolve) => {
      this.#reader = resolve;
    });
  }

  cancel(): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    this.#chunks = [];
    this.#size = 0;
    this.#give(undefined);
    this.#left();
  }

  #give(next: Uint8Array | undefined | Failure): void {
    const reader = this.#reader;
    this.#reader = undefined;
    reader?.(next);
  }
}
