import type { Failure } from "../../failure.ts";

/**
 * The failure with the name of the provider it happened at, in its message too: what the transport and the wire say
 * names hosts and bytes, and people know the provider by its name. The end of a caller's patience is nobody's.
 */
export function attributed(failed: Failure, provider: string): Failure {
  const named = { ...failed, provider };
  if (failed.kind === "cancelled" || failed.kind === "deadline" || names(failed.message, provider)) return named;
  return { ...named, message: `${provider}: ${failed.message}` };
}

/** Whether a message has the provider's name as a word: "ark" is not named by "marked". */
function names(message: string, provider: string): boolean {
  return message.split(/[^\w.-]+/).some((word) => word === provider || word.replace(/[.-]+$/, "") === provider);
}
