import type { Failure } from "../../engine/failure.ts";
import type { ByteSource } from "../../engine/ports/transport.ts";

/** A byte source that plays a script: chunks, then a clean end, a failure, or silence with the connection open. */
export class ScriptedSource implements ByteSource {
  readonly #chunks: Uint8Array[];
  readonly #end: "end" | "open" | Failure;
  #release: ((next: undefined) => void) | undefined;
  cancelled = 0;
  reads = 0;

  constructor(chunks: readonly Uint8Array[], end: "end" | "open" | Failure = "end") {
    this.#chunks = [...chunks];
    this.#end = end;
  }

  read(): Promise<Uint8Array | undefined | Failure> {
    this.reads++;
    const next = this.#chunks.shift();
    if (next !== undefined) return Promise.resolve(next);
    if (this.#end === "end") return Promise.resolve(undefined);
    if (this.#end !== "open") return Promise.resolve(this.#end);
    return new Promise((resolve) => {
      this.#release = resolve;
    });
  }

  cancel(): void {
    this.cancelled++;
    this.#release?.(undefined);
  }
}

/** The bytes cut at the given positions, in any order, repeats allowed. */
export function splitAt(bytes: Uint8Array, positions: readonly number[]): Uint8Array[] {
  const cuts = [0, ...[...positions].sort((a, b) => a - b), bytes.length];
  return cuts.slice(1).map((end, index) => bytes.subarray(cuts[index], end));
}
