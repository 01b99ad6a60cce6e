import { adminKey } from "./admin-key.ts";

/** How long an answer of the admin API is waited for, in ms. */
const PATIENCE_MS = 20_000;

/** What became of a question to the gateway. */
export type Answer<Value> =
  | { readonly type: "value"; readonly value: Value }
  /** This gateway does not have it: an older one, or it is switched off. */
  | { readonly type: "absent"; readonly message: string }
  /** The admin key is missing or wrong. */
  | { readonly type: "denied"; readonly message: string }
  | { readonly type: "failed"; readonly status: number | undefined; readonly message: string };

/** What to ask. */
export interface Question {
  readonly method?: "GET" | "POST" | "DELETE" | undefined;
  /** Sent as JSON. */
  readonly body?: unknown;
  readonly signal?: AbortSignal | undefined;
}

/** The headers of every question: the key where one was given. */
export function adminHeaders(): Record<string, string> {
  const key = adminKey();
  return key === undefined ? {} : { authorization: `Bearer ${key}` };
}

/** The admin key is for the admin API alone: elsewhere a bearer token names a caller. */
const ADMIN = "/admin/";

/** Asks the gateway. Rejects only when `signal` aborts. */
export async function ask<Value>(path: string, question: Question = {}): Promise<Answer<Value>> {
  const { method = "GET", body, signal } = question;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  try {
    const response = await fetch(path, {
      method,
      headers: {
        ...(path.startsWith(ADMIN) ? adminHeaders() : {}),
        ...(body === undefined ? {} : { "content-type": "application/json" }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      cache: "no-store",
      signal: signal === undefined ? patience : AbortSignal.any([signal, patience]),
    });
    const text = await response.text();
    return response.ok
      ? { type: "value", value: JSON.parse(text || "null") as Value }
      : refusal(path, response.status, text);
  } catch (error) {
    if (signal?.aborted === true) throw error;
    return { type: "failed", status: undefined, message: error instanceof Error ? error.message : String(error) };
  }
}

function refusal(path: string, status: number, text: string): Exclude<Answer<never>, { type: "value" }> {
  const message = errorMessage(text) ?? `HTTP ${status}`;
  if (path.startsWith(ADMIN) && (status === 401 || status === 403)) return { type: "denied", message };
  if (status === 404 || status === 405 || status === 501) return { type: "absent", message };
  return { type: "failed", status, message };
}

/** The message of an OpenAI error envelope. */
export function errorMessage(text: string): string | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    const message = (parsed as { error?: { message?: unknown } } | null)?.error?.message;
    return typeof message === "string" ? message : undefined;
  } catch {
    // Not the gateway's own words: something between it and us answered.
    return undefined;
  }
}
