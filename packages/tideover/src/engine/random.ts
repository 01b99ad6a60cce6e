/** Randomness as the engine sees it: injected, so that a run can be repeated from its seed. */
export interface Random {
  /** A uniformly distributed number in [0, 1). */
  next(): number;
}

/** Unguessable or, in tests, predictable identifiers. */
export interface IdSource {
  /** A new identifier, unique within this process and, in production, in the world. */
  next(): string;
}
