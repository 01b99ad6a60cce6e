import { type Arguments, type CommandContext, CommandError, textOf } from "../command.ts";
import { gatewayOf } from "../jobs/gateway-of.ts";

/** How long Node's own fetch waits for headers, and for more of a body, whatever its signal says, in ms. */
const FETCH_WAITS_MS = 300_000;

/** One request to the admin API of a running gateway. */
export interface AdminQuestion {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below `/admin/api/`, with its query. */
  readonly path: string;
  /** Sent as JSON. */
  readonly body?: unknown;
  /** How long the gateway may take, in ms. */
  readonly withinMs: number;
}

/**
 * Asks the admin API of the gateway that a command means (`--url`, `--admin-key`), with the environment's admin key
 * where none is given.
 * @returns the text of its answer
 * @throws CommandError with the gateway's own words for what it refuses, or why it was not reached
 */
export async function askAdmin(question: AdminQuestion, args: Arguments, context: CommandContext): Promise<string> {
  const url = await gatewayOf(args, context);
  const key = textOf(args, "admin-key") ?? (context.io.env.TIDEOVER_ADMIN_KEY || undefined);
  return askGateway({ url, key }, question, context);
}

/**
 * Asks the admin API of the gateway at an address.
 * @throws CommandError as {@link askAdmin} does
 */
export async function askGateway(
  { url, key }: { readonly url: string; readonly key: string | undefined },
  { method, path, body, withinMs }: AdminQuestion,
  { messages }: CommandContext,
): Promise<string> {
  const headers: Record<string, string> = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const signal = AbortSignal.timeout(withinMs);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const ask = withinMs > FETCH_WAITS_MS ? await patientFetch(withinMs) : fetch;
  try {
    const response = await ask(`${url}/admin/api/${path}`, { method, headers, signal, ...sent });
    const text = await response.text();
    if (response.ok) return text;
    throw new CommandError(saidIn(text) ?? messages.notTideover(response.status));
  } catch (error) {
    if (error instanceof CommandError) throw error;
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    throw new CommandError(messages.jobs.notReached(url, cause instanceof Error ? cause.message : String(cause)));
  }
}

/** What is sent, in the terms of both fetches. */
interface Sent {
  readonly method: string;
  readonly headers: Record<string, string>;
  readonly signal: AbortSignal;
  readonly body?: string;
}

/** A fetch that waits longer than Node's own; loaded only where it is needed, because that takes longer than a question. */
async function patientFetch(waitsMs: number) {
  const { Agent, fetch: patient } = await import("undici");
  // The connection is of no use afterwards, and would keep the command from ending.
  const dispatcher = new Agent({ headersTimeout: waitsMs, bodyTimeout: waitsMs, pipelining: 0 });
  return (url: string, sent: Sent) => patient(url, { ...sent, dispatcher });
}

/** The message of an error in the envelope of all of the gateway's. */
function saidIn(text: string): string | undefined {
  try {
    const { error } = JSON.parse(text) as { error?: { message?: unknown } };
    return typeof error?.message === "string" ? error.message : undefined;
  } catch {
    // Not the gateway's JSON, so not a gateway.
    return undefined;
  }
}
