import type { Call, CallRequest } from "../engine/call.ts";
import { isJsonObject, type JsonObject } from "../engine/json.ts";
import type { Job, NewJob } from "../engine/ports/job.ts";
import type { TicketTerms } from "../engine/ports/ticket-desk.ts";
import { IDEMPOTENCY_MS } from "./defaults.ts";

/** What a job is made from beside the call. */
export interface JobFacts {
  readonly id: string;
  /** Now, in ms since the Unix epoch. */
  readonly now: number;
  /** Digest of the request; see {@link fingerprintText}. */
  readonly fingerprint: string;
}

/** The job that a call becomes. */
export function jobOf(call: Call, terms: TicketTerms, { id, now, fingerprint }: JobFacts): NewJob {
  const { operation, model, bytes } = call.request;
  // The letter keeps a caller's own keys apart from those that equal requests share.
  const shared = terms.shared === true ? `s:${fingerprint}` : undefined;
  const key = call.idempotencyKey === undefined ? shared : `k:${call.idempotencyKey}`;
  const expiresAt = now + terms.expiresMs;
  return {
    id,
    kind: "ticket",
    tenant: call.tenant,
    operation,
    model,
    request: bytes,
    priority: call.priority,
    createdAt: now,
    notBefore: Math.min(expiresAt - 1, Math.max(now, terms.notBefore?.(now, call) ?? now)),
    expiresAt,
    ...(call.keyName === undefined ? {} : { keyName: call.keyName }),
    ...(key === undefined ? {} : { idempotency: { key, fingerprint, until: now + IDEMPOTENCY_MS } }),
  };
}

/** The row that stands for a call whose caller waits for the answer, under its idempotency key. */
export function liveJobOf(call: Call, facts: JobFacts, keepMs: number): NewJob {
  return { ...jobOf(call, { expiresMs: keepMs }, facts), kind: "live" };
}

/** The bytes whose digest tells whether two requests are the same: the operation, then the body as it was sent. */
export function fingerprintBytes({ operation, bytes }: CallRequest): Uint8Array {
  const head = new TextEncoder().encode(`${operation}\n`);
  const whole = new Uint8Array(head.length + bytes.length);
  whole.set(head);
  whole.set(bytes, head.length);
  return whole;
}

/**
 * The request of a job as the engine takes it: unstreamed, because nobody reads along.
 * @throws SyntaxError for bytes that are no JSON.
 */
export function requestOf({ operation, model }: Pick<Job, "operation" | "model">, bytes: Uint8Array): CallRequest {
  const text = new TextDecoder().decode(bytes);
  const parsed: unknown = JSON.parse(text);
  const written: JsonObject = isJsonObject(parsed) ? parsed : {};
  const { stream, stream_options: options, ...rest } = written;
  const isPlain = (stream === undefined || stream === false) && options === undefined;
  const body = isPlain ? written : rest;
  return {
    operation,
    model,
    body,
    bytes: isPlain ? bytes : new TextEncoder().encode(JSON.stringify(body)),
    stream: false,
    includeUsage: false,
  };
}
