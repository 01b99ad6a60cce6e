import type { Failure } from "../../failure.ts";

/** Nobody else can do better: the caller's fault, or no time or caller left, or content already shown. */
export function endsTheSearch(failed: Failure): boolean {
  if (isTooLong(failed)) return false;
  return failed.committed || failed.kind === "caller" || failed.kind === "deadline" || failed.kind === "cancelled";
}

/** A larger provider may take it. */
export function isTooLong({ kind, reason }: Failure): boolean {
  return kind === "caller" && reason === "context-too-long";
}

/** Whether it is about a conversation's length, be it as the caller wrote it or as it was changed for the provider. */
export function saysTooLong({ reason }: Failure): boolean {
  return reason === "context-too-long";
}
