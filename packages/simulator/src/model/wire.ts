/** A request as it reaches the simulated provider. */
export interface UpstreamRequest {
  /** Upper case: `GET`, `POST`. */
  readonly method: string;
  /** Path without host, with or without a query: `/v1/chat/completions`. */
  readonly path: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/**
 * The way back to the caller, given by a face (HTTP, in process). The model calls `head` at most once, then `write`
 * any number of times, then exactly one of the endings; `refuse` and `reset` may also come before `head`.
 */
export interface UpstreamWire {
  /**
   * Status and headers (lower-case names). With `content-encoding: gzip` the face sees to the compression: the
   * model always writes plain bytes.
   */
  head(status: number, headers: Readonly<Record<string, string>>): void;
  write(bytes: Uint8Array): void;
  /** The body is complete, as far as HTTP can tell. */
  end(): void;
  /** The connection closes (FIN) in the middle of the body. */
  drop(): void;
  /** The connection is reset (RST). */
  reset(): void;
  /** Nobody listens. A face that has already accepted the connection resets it. */
  refuse(): void;
  /** True while the caller reads too slowly and the buffers are full; the model then holds its next token. */
  full(): boolean;
}

/** What a face keeps of a running exchange. */
export interface UpstreamExchange {
  /** The caller left: the generation stops and its slot is free at once. Idempotent; after the end, nothing. */
  closed(): void;
}
