import {
  type ByteSource,
  type Failure,
  failure,
  failureOf,
  type Transport,
  type TransportRequest,
  type TransportResponse,
} from "../engine/index.ts";

/** The platform's fetch, or one of one's own. */
export type Fetch = (input: string, init: RequestInit) => Promise<Response>;

/**
 * A transport over fetch, for edge runtimes, browsers and SDKs. fetch does not tell when a connection stands, so the
 * connect phase is over at once and the first-token timer covers it; and it names no reason when one fails.
 */
export function createFetchTransport(send: Fetch = (input, init) => fetch(input, init)): Transport {
  return {
    async send(request, signal) {
      if (signal.aborted) return failureOf(signal);
      const abort = new AbortController();
      const onAbort = () => abort.abort(signal.reason);
      signal.addEventListener("abort", onAbort, { once: true });
      request.onConnected?.();
      try {
        const response = await send(request.url, initOf(request, abort.signal));
        return responseOf(response, abort);
      } catch (error) {
        return signal.aborted ? failureOf(signal) : connectionFailure(request, error);
      } finally {
        signal.removeEventListener("abort", onAbort);
      }
    },
  };
}

function initOf({ method, headers, body }: TransportRequest, signal: AbortSignal): RequestInit {
  return {
    method,
    headers: { ...headers },
    signal,
    redirect: "manual",
    ...(body === undefined ? {} : { body: typeof body === "string" ? body : new Uint8Array(body) }),
  };
}

function responseOf(response: Response, abort: AbortController): TransportResponse {
  return {
    type: "response",
    status: response.status,
    header: (name) => response.headers.get(name) ?? undefined,
    body: sourceOf(response.body, abort),
  };
}

function sourceOf(body: ReadableStream<Uint8Array> | null, abort: AbortController): ByteSource {
  const reader = body?.getReader();
  return {
    async read(): Promise<Uint8Array | undefined | Failure> {
      if (reader === undefined) return undefined;
      try {
        const { value, done } = await reader.read();
        // A body that was given up has an end, too, and that is not the answer's.
        if (done && abort.signal.aborted) return failure("fault", "connection-lost", "The answer was given up.");
        return done ? undefined : value;
      } catch (error) {
        return failure("fault", "connection-lost", `The connection broke inside the answer: ${textOf(error)}`);
      }
    },
    cancel() {
      // Deno, when it is told to abort between two reads, may leave the connection open; the reader's own word closes it.
      const given = reader?.cancel();
      abort.abort();
      // Where it rejects, the body has ended in another way already.
      given?.catch(() => undefined);
    },
  };
}

function connectionFailure({ url }: TransportRequest, error: unknown): Failure {
  const { host } = new URL(url);
  return failure("fault", "connection-failed", `No connection to ${host}: ${textOf(error)}`, { beforeAnyByte: true });
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
