/**
 * HTTP as the front sees it: one exchange is a function from a request, whole in memory, to a response whose body is
 * either whole or pulled. Servers (raw Node sockets, fetch) are thin layers around it.
 */

/** One request, read whole. */
export interface HttpRequest {
  /** In upper case: `GET`, `POST`. */
  readonly method: string;
  /** The target as it was sent: the path with its query. */
  readonly path: string;
  /** Value of a header by its lower-case name; several values joined by `, `. */
  header(name: string): string | undefined;
  readonly body: Uint8Array;
  /** The body of a request that its server leaves to be read piece by piece; `body` is empty then. It may throw. */
  readonly bodyStream?: AsyncIterable<Uint8Array> | undefined;
  /** The server did not read the body because it is larger than so many bytes: all that is left is to say so. */
  readonly largerThan?: number | undefined;
  /** Aborts when the client is gone. */
  readonly signal: AbortSignal;
  /** Address of the peer, for logs. */
  readonly remoteAddress?: string;
  /**
   * Runs what nobody waits for, a record of the exchange say, after what is being answered now has gone out, and before
   * this connection is read again. Absent where nothing is gained by it: then it is run at once.
   */
  afterwards?(task: () => void): void;
}

/** Who is handed what a body gives next; it must not throw. */
export interface BodyReader {
  take(next: Uint8Array | undefined): void;
}

/** A body that is made while it is read. Whoever holds it reads it to its end or cancels it. */
export interface HttpBody {
  /** The next bytes, never empty; undefined at the end. Never rejects; one read at a time. */
  read(): Promise<Uint8Array | undefined>;
  /**
   * As {@link read}, without a promise: what comes next is handed to the reader in the moment in which it comes, and never
   * before this has returned (decision 0023). Absent where it would save nothing.
   */
  readInto?(reader: BodyReader): void;
  /** Nobody reads on: everything below ends at once. Idempotent; after the end, nothing. */
  cancel(): void;
}

/**
 * A body that is there already: its bytes, or its text, which goes out in UTF-8. Whoever has a text leaves it one: its
 * server encodes it together with the head, for a quarter of what it costs to make bytes of it first.
 */
export type WholeBody = Uint8Array | string;

/** One response. */
export interface HttpResponse {
  readonly status: number;
  /** Lower-case names; values in printable ASCII. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: WholeBody | HttpBody;
}

/** A response whose body is there already. */
export interface WholeResponse extends HttpResponse {
  readonly body: WholeBody;
}

/** Whether a response's body is there already. */
export function isWholeBody(body: WholeBody | HttpBody): body is WholeBody {
  return typeof body === "string" || body instanceof Uint8Array;
}

/** A whole body as bytes. */
export function bytesOfBody(body: WholeBody): Uint8Array {
  return typeof body === "string" ? bytesOf(body) : body;
}

/** A whole body as text. */
export function textOfBody(body: WholeBody): string {
  return typeof body === "string" ? body : new TextDecoder().decode(body);
}

/** Answers a request. Never rejects. */
export type Handler = (request: HttpRequest) => Promise<HttpResponse>;

const encoder = new TextEncoder();

/** The UTF-8 bytes of a text. */
export function bytesOf(text: string): Uint8Array {
  return encoder.encode(text);
}

/**
 * A text made fit for a header value: whatever is not printable ASCII is percent-encoded, so that a provider with a
 * Chinese name neither breaks the response nor splits it.
 */
export function headerText(text: string): string {
  return /^[\x20-\x7e]*$/.test(text) ? text : text.toWellFormed().replace(/[^\x20-\x7e]+/g, encodeURIComponent);
}
