import type { Call, CallRequest } from "../engine/call.ts";
import { isJsonObject, type JsonObject } from "../engine/json.ts";
import { CALLERS_KEY, type Job, type NewJob } from "../engine/ports/job.ts";
import type { TicketTerms } from "../engine/ports/ticket-desk.ts";
import { chatRequestOfResponse, isResponseId, readKeptRequest } from "../wire/index.ts";
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
export function jobOf(call: Omit<Call, "signal">, terms: TicketTerms, { id, now, fingerprint }: JobFacts): NewJob {
  const { operation, model, bytes, jobBytes } = call.request;
  // The letters keep a caller's own keys apart from those that equal requests share.
  const shared = terms.shared === true ? `s:${fingerprint}` : undefined;
  const key = call.idempotencyKey === undefined ? shared : `${CALLERS_KEY}${call.idempotencyKey}`;
  const expiresAt = now + terms.expiresMs;
  return {
    id,
    kind: "ticket",
    tenant: call.tenant,
    operation,
    model,
    request: jobBytes ?? bytes,
    priority: call.priority,
    createdAt: now,
    notBefore: Math.min(expiresAt - 1, Math.max(now, terms.notBefore?.(now, call) ?? now)),
    expiresAt,
    ...(call.keyName === undefined ? {} : { keyName: call.keyName }),
    ...(key === undefined ? {} : { idempotency: { key, fingerprint, until: now + IDEMPOTENCY_MS } }),
  };
}

/** The row that stands for a call whose caller waits for the answer, under its idempotency key. */
export function liveJobOf(call: Omit<Call, "signal">, facts: JobFacts, keepMs: number): NewJob {
  return { ...jobOf(call, { expiresMs: keepMs }, facts), kind: "live" };
}

/** The bytes whose digest tells whether two requests are the same: the operation, then the body as it was sent. */
export function fingerprintBytes({ operation, bytes, jobBytes = bytes }: CallRequest): Uint8Array {
  const head = new TextEncoder().encode(`${operation}\n`);
  const whole = new Uint8Array(head.length + jobBytes.length);
  whole.set(head);
  whole.set(jobBytes, head.length);
  return whole;
}

/**
 * The request of a job as the engine takes it: unstreamed, because nobody reads along.
 * @throws SyntaxError for bytes that are no JSON.
 */
export function requestOf(job: Pick<Job, "id" | "operation" | "model">, kept: Uint8Array): CallRequest {
  const { operation, model } = job;
  const bytes = isResponseId(job.id) ? chatBytes(kept) : kept;
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

/** The chat request that the kept request of a response stands for. It was translated before it became a job. */
function chatBytes(kept: Uint8Array): Uint8Array {
  const known = readKeptRequest(kept);
  const translated = known === undefined ? undefined : chatRequestOfResponse(known);
  if (translated?.type !== "chat-request") throw new SyntaxError("The job does not hold the request of a response.");
  return new TextEncoder().encode(JSON.stringify(translated.body));
}
