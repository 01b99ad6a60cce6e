import { type Arguments, type CommandContext, CommandError, textOf } from "../command.ts";
import { gatewayOf } from "../jobs/gateway-of.ts";

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
  const { io, messages } = context;
  const { method, path, body, withinMs } = question;
  const url = await gatewayOf(args, context);
  const key = textOf(args, "admin-key") ?? (io.env.TIDEOVER_ADMIN_KEY || undefined);
  const headers: Record<string, string> = {
    ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
    ...(body === undefined ? {} : { "content-type": "application/json" }),
  };
  const signal = AbortSignal.timeout(withinMs);
  const sent = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(`${url}/admin/api/${path}`, { method, headers, signal, ...sent }).catch(
    (error: unknown) => {
      const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
      throw new CommandError(messages.jobs.notReached(url, cause instanceof Error ? cause.message : String(cause)));
    },
  );
  const text = await response.text();
  if (response.ok) return text;
  throw new CommandError(saidIn(text) ?? messages.notTideover(response.status));
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
