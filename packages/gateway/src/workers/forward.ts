import {
  type Handler,
  type HttpBody,
  type HttpRequest,
  type HttpResponse,
  isWholeBody,
  type WholeBody,
} from "tideover/front";
import type { Bus } from "./bus.ts";
import { MOST_FORWARDED } from "./defaults.ts";

/**
 * The paths that the primary serves, whichever worker is asked: what is kept in its data folder, and what is about all
 * workers together.
 */
const PRIMARY_PATHS = ["/v1/files", "/v1/batches", "/v1/status", "/admin", "/dashboard", "/metrics"] as const;

/**
 * The headers that reach the primary: those that its endpoints look at. A request does not list its own, and most of
 * what clients send means nothing there.
 */
const HEADERS = [
  ...["accept", "accept-encoding", "authorization", "cache-control", "content-length", "content-type", "cookie"],
  ...["host", "if-none-match", "last-event-id", "origin", "priority", "range", "referer", "sec-fetch-site"],
  ...["traceparent", "user-agent", "x-api-key"],
] as const;

/** Under which a process offers its handler, and the bodies of uploads that it has forwarded. */
const FRONT = "front";
const UPLOADS = "uploads";

/** A request as it goes over the bus. */
interface ForwardedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly remoteAddress: string | undefined;
  readonly body: Uint8Array;
  /** Names the body at its sender where it is read piece by piece. */
  readonly upload: number | undefined;
}

/** A response as it comes back; a body that is made while it is read has a number instead. */
interface ForwardedResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: WholeBody | number;
}

/** Whether the primary answers a request. */
function isForPrimary(path: string): boolean {
  const [plain = path] = path.split("?");
  return PRIMARY_PATHS.some((prefix) => plain === prefix || plain.startsWith(`${prefix}/`));
}

/** Names the streams that a worker keeps so that every process knows whose they are. */
export function streamIdOf(id: string, slot: number): string {
  return `${id}-w${slot}`;
}

/** The worker that keeps the stream that a request is for; undefined for any other request. */
export function keeperOf(path: string): number | undefined {
  const slot = /^\/v1\/streams\/[\w-]+-w(\d{1,3})(?:[?/]|$)/.exec(path)?.[1];
  return slot === undefined ? undefined : Number(slot);
}

/** Sends requests to be answered by the process at the other end of a bus. */
export class Forwarder {
  readonly #bus: Bus;
  readonly #uploads = new Map<number, AsyncIterator<Uint8Array>>();
  #lastUpload = 0;

  constructor(bus: Bus) {
    this.#bus = bus;
    bus.offer<Forwarder>(UPLOADS, this, ["next"]);
  }

  /** Rejects when the other process is gone. */
  async forward(request: HttpRequest): Promise<HttpResponse> {
    const { bodyStream } = request;
    const upload = bodyStream === undefined ? undefined : ++this.#lastUpload;
    if (upload !== undefined && bodyStream !== undefined) {
      this.#uploads.set(upload, bodyStream[Symbol.asyncIterator]());
    }
    try {
      const answer = await this.#bus.call(FRONT, "open", [forwarded(request, upload), request.signal]);
      const { status, headers, body } = answer as ForwardedResponse;
      return { status, headers, body: typeof body === "number" ? new RemoteBody(this.#bus, body) : body };
    } finally {
      if (upload !== undefined) this.#uploads.delete(upload);
    }
  }

  /** The next piece of an upload, for the other process. */
  async next(id: number): Promise<Uint8Array | undefined> {
    const piece = await this.#uploads.get(id)?.next();
    return piece === undefined || piece.done === true ? undefined : piece.value;
  }
}

/** A worker's handler: its own, but for what the primary serves and for the streams that other workers keep. */
export function forwarding(bus: Bus, slot: number, own: Handler): Handler {
  const forwarder = new Forwarder(bus);
  return (request) => {
    const keeper = keeperOf(request.path);
    const isElsewhere = isForPrimary(request.path) || (keeper !== undefined && keeper !== slot);
    return isElsewhere ? forwarder.forward(request) : own(request);
  };
}

function forwarded(request: HttpRequest, upload: number | undefined): ForwardedRequest {
  const headers: Record<string, string> = {};
  for (const name of HEADERS) {
    const value = request.header(name);
    if (value !== undefined) headers[name] = value;
  }
  const { method, path, remoteAddress, body } = request;
  return { method, path, headers, remoteAddress, body, upload };
}

/** A body that another process makes while it is read here; at most one read is on its way, so a slow client slows it. */
class RemoteBody implements HttpBody {
  readonly #bus: Bus;
  readonly #id: number;
  #isOver = false;

  constructor(bus: Bus, id: number) {
    this.#bus = bus;
    this.#id = id;
  }

  async read(): Promise<Uint8Array | undefined> {
    if (this.#isOver) return undefined;
    try {
      const piece = (await this.#bus.call(FRONT, "read", [this.#id])) as Uint8Array | undefined;
      if (piece === undefined) this.#isOver = true;
      return piece;
    } catch {
      // The process is gone, or silent for longer than its keep-alives allow; a body never rejects, it ends.
      this.cancel();
      return undefined;
    }
  }

  cancel(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#bus.note(CANCELLED, this.#id);
  }
}

/** The note that nobody reads a response any more. */
const CANCELLED = "front-cancelled";

/** A handler that is asked over a bus. */
export class ForwardedFront {
  readonly #bus: Bus;
  readonly #handler: Handler;
  readonly #open = new Map<number, { readonly body: HttpBody; readonly scope: AbortController }>();
  #lastId = 0;

  constructor(bus: Bus, handler: Handler) {
    this.#bus = bus;
    this.#handler = handler;
    bus.offer<ForwardedFront>(FRONT, this, ["open", "read"]);
    bus.on(CANCELLED, (id) => this.#cancel(id as number));
  }

  async open(request: ForwardedRequest, signal: AbortSignal): Promise<ForwardedResponse> {
    const scope = new AbortController();
    const onAbort = () => scope.abort();
    signal.addEventListener("abort", onAbort, { once: true });
    const { status, headers, body } = await this.#handler(this.#requestOf(request, scope.signal));
    signal.removeEventListener("abort", onAbort);
    if (isWholeBody(body)) return { status, headers, body };
    if (signal.aborted || this.#open.size >= MOST_FORWARDED) {
      body.cancel();
      return { status: 503, headers: { "retry-after": "1" }, body: new Uint8Array(0) };
    }
    const id = ++this.#lastId;
    this.#open.set(id, { body, scope });
    return { status, headers, body: id };
  }

  async read(id: number): Promise<Uint8Array | undefined> {
    const piece = await this.#open.get(id)?.body.read();
    if (piece === undefined) this.#open.delete(id);
    return piece;
  }

  /** The other process is gone: nobody reads on. */
  gone(): void {
    for (const id of [...this.#open.keys()]) this.#cancel(id);
  }

  #cancel(id: number): void {
    const open = this.#open.get(id);
    this.#open.delete(id);
    open?.body.cancel();
    open?.scope.abort();
  }

  #requestOf(
    { method, path, headers, body, upload, remoteAddress }: ForwardedRequest,
    signal: AbortSignal,
  ): HttpRequest {
    return {
      method,
      path,
      header: (name) => headers[name],
      body,
      signal,
      ...(remoteAddress === undefined ? {} : { remoteAddress }),
      ...(upload === undefined ? {} : { bodyStream: this.#upload(upload) }),
    };
  }

  async *#upload(id: number): AsyncGenerator<Uint8Array> {
    for (;;) {
      const piece = (await this.#bus.call(UPLOADS, "next", [id])) as Uint8Array | undefined;
      if (piece === undefined) return;
      yield piece;
    }
  }
}
