/** Tells of a broker's comings and goings, each once. */
export class BrokerState {
  readonly #shown: string;
  readonly #tell: ((state: { readonly up: boolean; readonly why: string }) => void) | undefined;
  #up: boolean | undefined;

  /** @param shown the broker's address without a secret */
  constructor(shown: string, tell: ((state: { readonly up: boolean; readonly why: string }) => void) | undefined) {
    this.#shown = shown;
    this.#tell = tell;
  }

  /** Whether the broker is there; undefined before that is known. */
  get up(): boolean | undefined {
    return this.#up;
  }

  changed(up: boolean, why = ""): void {
    if (this.#up === up) return;
    this.#up = up;
    this.#tell?.({ up, why: `${this.#shown} ${up ? "is connected." : `is not there: ${why}`}` });
  }
}
