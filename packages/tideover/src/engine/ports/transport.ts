import type { Failure } from "../failure.ts";

/** One HTTP request to a provider. */
export interface TransportRequest {
  readonly method: "GET" | "POST";
  readonly url: string;
  /** Lower-case names. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: Uint8Array | string | undefined;
  /** Called once when a connection carries the request: the end of the connect phase. */
  readonly onConnected?: () => void;
}

/** The head of a provider's response; the body is still on its way. */
export interface TransportResponse {
  readonly type: "response";
  readonly status: number;
  /** Value of a header by lower-case name; several values joined by `, `. */
  header(name: string): string | undefined;
  readonly body: ByteSource;
}

/** Who is handed what a source of bytes gives next; it must not throw. */
export interface ByteReader {
  take(next: Uint8Array | undefined | Failure): void;
}

/** Bytes in the order of their arrival, already decompressed. */
export interface ByteSource {
  /**
   * The next bytes, undefined at a clean end, a Failure when the connection broke. Never rejects; one read at a
   * time. While no read is pending the connection is paused once a small buffer is full. The bytes are the reader's to
   * keep: the source does not write into them again.
   */
  read(): Promise<Uint8Array | undefined | Failure>;
  /**
   * As {@link read}, without a promise: what comes next is handed to the reader in the moment in which it comes, and never
   * before this has returned (decision 0023). Absent where it would save nothing.
   */
  readInto?(reader: ByteReader): void;
  /** Ends the exchange at once. Idempotent. */
  cancel(): void;
}

/** How bytes reach a provider: Node sockets, fetch, or the simulator in one process. */
export interface Transport {
  /**
   * Sends a request and resolves with the response's head.
   * A connection that fails gives a `fault` (`connection-refused`, `connection-reset`, `dns-failure`, `tls-failure`,
   * `connection-lost`), with `beforeAnyByte` where that is so. An abort of `signal` (any time until the promise
   * settles) closes the connection and gives the failure that the signal carries. It sets no timer of its own.
   * Never rejects.
   */
  send(request: TransportRequest, signal: AbortSignal): Promise<TransportResponse | Failure>;
}
