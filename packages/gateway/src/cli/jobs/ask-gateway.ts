import { CommandError } from "../command.ts";
import type { Messages } from "../messages/index.ts";

/** How long the gateway may take to answer, in ms. */
const ANSWER_MS = 15_000;

/** A job as the gateway shows it; what a command reads of it. */
export interface ShownJob {
  readonly id: string;
  readonly status: string;
  readonly model: string;
  readonly created_at: number;
  readonly completed_at?: number;
}

/** One request to the jobs of a running gateway. */
export interface JobRequest {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/v1/jobs`, with its query. */
  readonly path: string;
  readonly key: string | undefined;
}

/**
 * Asks a running gateway about jobs.
 * @returns the JSON of its answer
 * @throws CommandError with the gateway's own words for what it refuses, or why it was not reached
 */
export async function askGateway<T>(url: string, { method, path, key }: JobRequest, messages: Messages): Promise<T> {
  const headers: Record<string, string> = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    // A gateway without keys takes a POST only as JSON: what a foreign page can send unasked is never that.
    ...(method === "POST" ? { "content-type": "application/json" } : {}),
  };
  const response = await fetch(`${url}/v1/jobs${path}`, {
    method,
    headers,
    signal: AbortSignal.timeout(ANSWER_MS),
  }).catch((error: unknown) => {
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandError(messages.jobs.notReached(url, cause instanceof Error ? cause.message : String(cause)));
  });
  const answer = (await response.json().catch(() => ({}))) as { error?: { message?: unknown } };
  if (response.ok) return answer as T;
  const said = answer.error?.message;
  throw new CommandError(typeof said === "string" ? said : messages.notTideover(response.status));
}
