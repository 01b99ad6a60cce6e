import { type ByteSource, type Clock, type Failure, failure, type Transport } from "tideover/engine";
import { MOST_REDIRECTS, PATIENCE_MS } from "./defaults.ts";
import { ModelError } from "./model-error.ts";

/** What requests to a hub are made with. */
export interface HttpParts {
  readonly transport: Transport;
  readonly clock: Clock;
  /** Gives up when it aborts. */
  readonly signal: AbortSignal;
}

/** A response at the end of its redirects. */
export interface HubResponse {
  readonly status: number;
  /** A header of the last response, else of the first that has it: the hub tells checksums before it redirects. */
  header(name: string): string | undefined;
  readonly body: ByteSource;
}

/**
 * Gets a URL, following redirects. A token goes to the first host only, since redirects lead to storage of others.
 * @throws ModelError when there is no connection, too many redirects, or the caller has stopped
 */
export async function httpGet(
  url: string,
  headers: Readonly<Record<string, string>>,
  parts: HttpParts,
): Promise<HubResponse> {
  const origin = new URL(url).origin;
  const earlier: ((name: string) => string | undefined)[] = [];
  let at = url;
  for (let redirects = 0; redirects <= MOST_REDIRECTS; redirects++) {
    const { authorization, ...plain } = headers;
    const token = new URL(at).origin === origin && authorization !== undefined ? { authorization } : {};
    const response = await patiently(parts, (signal) =>
      parts.transport.send({ method: "GET", url: at, headers: { ...plain, ...token, ...AGENT } }, signal),
    );
    if (response.type === "failure") throw asModelError(response, at);
    const location = response.header("location");
    if (response.status < 300 || response.status > 399 || location === undefined) {
      const header = (name: string) => {
        for (const read of [(one: string) => response.header(one), ...earlier]) {
          const value = read(name);
          if (value !== undefined) return value;
        }
        return undefined;
      };
      return { status: response.status, header, body: response.body };
    }
    response.body.cancel();
    earlier.push((name) => response.header(name));
    const next = URL.parse(location, at);
    if (next === null || !/^https?:$/.test(next.protocol)) {
      throw new ModelError({ code: "bad-answer", url: at, why: `it redirects to "${location.slice(0, 200)}"` });
    }
    at = next.href;
  }
  throw new ModelError({ code: "bad-answer", url, why: `it redirects more than ${MOST_REDIRECTS} times` });
}

/** Bodies must come as they are stored: their checksums are of the stored bytes. */
const AGENT = { "user-agent": "tideover", "accept-encoding": "identity" } as const;

/** The next bytes of a body; a Failure when they do not come in time. */
export async function readPatiently(body: ByteSource, parts: HttpParts): Promise<Uint8Array | undefined | Failure> {
  return await patiently(parts, (signal) => {
    signal.addEventListener("abort", () => body.cancel(), { once: true });
    return body.read();
  });
}

/** Does something under the patience and the caller's signal. */
async function patiently<Result>(
  { clock, signal }: HttpParts,
  act: (signal: AbortSignal) => Promise<Result>,
): Promise<Result | Failure> {
  if (signal.aborted) throw new ModelError({ code: "stopped" });
  const scope = new AbortController();
  const late = failure("fault", "too-slow", `Nothing came within ${PATIENCE_MS / 1_000} s.`);
  const timer = clock.schedule(PATIENCE_MS, () => scope.abort(late));
  const stop = () => scope.abort(failure("cancelled", "stopped", "Stopped."));
  signal.addEventListener("abort", stop, { once: true });
  try {
    const result = await act(scope.signal);
    if (signal.aborted) throw new ModelError({ code: "stopped" });
    return scope.signal.aborted ? late : result;
  } finally {
    timer.cancel();
    signal.removeEventListener("abort", stop);
  }
}

function asModelError(failed: Failure, url: string): ModelError {
  return new ModelError({ code: "offline", url, why: failed.message });
}
