import { type ByteSource, type Clock, failure, isFailure, type JsonObject, type Transport } from "tideover/engine";
import { type Handler, type HttpRequest, type HttpResponse, isWholeBody, textOfBody } from "tideover/front";
import { ANSWER_TIMEOUT_MS, MOST_ANSWER_BYTES, WARM_PRIORITY } from "./defaults.ts";

/** What became of one request. */
export type WarmResult =
  /** A live answer was made; `kept` tells whether the gateway says that it keeps it. */
  | { readonly type: "generated"; readonly kept: boolean }
  /** A fresh answer was there already. */
  | { readonly type: "present" }
  | WarmFailure;

/** Why one request was not answered as it should be. */
export interface WarmFailure {
  readonly type: "failed";
  /** HTTP status; 0 when there was no answer. */
  readonly status: number;
  readonly code: string;
  readonly message: string;
  /** The gateway is busy: the same may be sent again, after so many ms at the earliest. */
  readonly retryAfterMs?: number | undefined;
}

/** Where requests go. Never rejects. */
export type WarmTarget = (body: JsonObject, signal: AbortSignal) => Promise<WarmResult>;

const PATH = "/v1/chat/completions";
/** Statuses that pass. */
const BUSY: ReadonlySet<number> = new Set([408, 429, 502, 503, 504]);

/** Requests to a gateway that runs, as any other caller's. */
export function httpTarget(
  transport: Transport,
  clock: Clock,
  { url, key }: { readonly url: string; readonly key?: string | undefined },
): WarmTarget {
  return async (body, stop) => {
    const abort = new AbortController();
    const cancel = () => abort.abort(failure("cancelled", "stopped", "The run was stopped."));
    stop.addEventListener("abort", cancel, { once: true });
    const late = failure("deadline", "no-answer", `There was no answer within ${ANSWER_TIMEOUT_MS / 1_000} s.`);
    const timer = clock.schedule(ANSWER_TIMEOUT_MS, () => abort.abort(late));
    try {
      const headers = requestHeaders(key);
      const request = { method: "POST", url: `${url}${PATH}`, headers, body: JSON.stringify(body) } as const;
      const response = await transport.send(request, abort.signal);
      if (isFailure(response)) return failed(0, response.reason, response.message, 0);
      const text = await readSource(response.body);
      if (isFailure(text)) return failed(0, text.reason, text.message, 0);
      return judge(response.status, (name) => response.header(name), text);
    } finally {
      timer.cancel();
      stop.removeEventListener("abort", cancel);
    }
  };
}

/** Requests to a gateway's handler in this process. */
export function handlerTarget(handler: Handler, key: string | undefined): WarmTarget {
  const headers: Readonly<Record<string, string>> = { host: "localhost", ...requestHeaders(key) };
  return async (body, signal) => {
    const request: HttpRequest = {
      method: "POST",
      path: PATH,
      header: (name) => headers[name],
      body: Buffer.from(JSON.stringify(body)),
      signal,
    };
    const response = await handler(request);
    return judge(response.status, (name) => response.headers[name], await readBody(response));
  };
}

function requestHeaders(key: string | undefined): Record<string, string> {
  return {
    "content-type": "application/json",
    priority: `u=${WARM_PRIORITY}`,
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
  };
}

function judge(status: number, header: (name: string) => string | undefined, text: string): WarmResult {
  if (status !== 200) {
    const { code, message } = errorIn(text);
    const seconds = Number(header("retry-after") ?? 0);
    const waitMs = Number.isFinite(seconds) ? seconds * 1_000 : 0;
    return failed(status, code, message, BUSY.has(status) ? waitMs : undefined);
  }
  if (header("tideover-degraded") === "?1") {
    const rung = header("tideover-rung") ?? "unknown";
    return failed(status, "degraded", `Only a degraded answer was to be had (${rung}); it is not kept.`, 0);
  }
  const cacheStatus = header("cache-status") ?? "";
  if (/;\s*hit\b/.test(cacheStatus)) return { type: "present" };
  return { type: "generated", kept: /;\s*stored\b/.test(cacheStatus) };
}

function failed(status: number, code: string, message: string, retryAfterMs: number | undefined): WarmFailure {
  return { type: "failed", status, code, message, ...(retryAfterMs === undefined ? {} : { retryAfterMs }) };
}

/** OpenAI's error envelope; what is not in it is said in its place. */
function errorIn(text: string): { code: string; message: string } {
  try {
    const { error } = JSON.parse(text) as { error?: { code?: unknown; message?: unknown } };
    return { code: String(error?.code ?? "unknown"), message: String(error?.message ?? text.slice(0, 200)) };
  } catch {
    // A proxy's page, not the gateway's JSON.
    return { code: "unknown", message: text.slice(0, 200) };
  }
}

async function readBody({ body }: HttpResponse): Promise<string> {
  if (isWholeBody(body)) return textOfBody(body);
  const chunks: Uint8Array[] = [];
  for (let chunk = await body.read(); chunk !== undefined; chunk = await body.read()) chunks.push(chunk);
  return Buffer.concat(chunks).toString("utf8");
}

async function readSource(source: ByteSource) {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = await source.read();
    if (chunk === undefined) return Buffer.concat(chunks).toString("utf8");
    if (isFailure(chunk)) return chunk;
    total += chunk.byteLength;
    if (total > MOST_ANSWER_BYTES) {
      source.cancel();
      return failure("fault", "answer-too-large", `The answer is larger than ${MOST_ANSWER_BYTES} bytes.`);
    }
    chunks.push(chunk);
  }
}
