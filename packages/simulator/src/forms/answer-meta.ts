/** What every chunk of an answer, or its document, repeats. */
export interface AnswerMeta {
  readonly id: string;
  /** Seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
  readonly fingerprint: string;
}

/** One chunk of a stream. */
export interface Frame {
  readonly json: string;
  /** Answer tokens in it. */
  readonly tokens: number;
  readonly part: "role" | "content" | "finish" | "usage";
}

/** How the chunks of a stream are made. */
export interface FrameOptions {
  /** The usage object's JSON text. */
  readonly usage: string;
  readonly usageOnFinish: boolean;
  readonly usageTrailing: boolean;
  /** Chunks without usage say `"usage":null`, as they do when a trailing one was asked for. */
  readonly usageNull: boolean;
  /** Alternatives per token, when the request wants log probabilities. */
  readonly topLogprobs?: number | undefined;
  /** Answer tokens that one chunk carries. */
  readonly tokensPerChunk: number;
}

/** Cuts tokens into groups for chunks; one token each when `size` is 1. */
export function* grouped(tokens: Iterable<string>, size: number): Generator<readonly string[]> {
  if (Array.isArray(tokens)) {
    for (let from = 0; from < tokens.length; from += size) yield tokens.slice(from, from + size);
    return;
  }
  let group: string[] = [];
  for (const token of tokens) {
    group.push(token);
    if (group.length < size) continue;
    yield group;
    group = [];
  }
  if (group.length > 0) yield group;
}

/** Takes one item of each source in turn until all are empty: how several choices share a stream. */
export function* interleaved<T>(sources: readonly Iterator<T>[]): Generator<T> {
  let open = [...sources];
  while (open.length > 0) {
    const still: Iterator<T>[] = [];
    for (const source of open) {
      const next = source.next();
      if (next.done) continue;
      still.push(source);
      yield next.value;
    }
    open = still;
  }
}
