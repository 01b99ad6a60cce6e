import { availableParallelism } from "node:os";
import type { ResolvedServer } from "tideover/config";

/** How many processes a setting asks for on this machine. */
export function workerCount(setting: ResolvedServer["workers"]): number {
  return setting === "auto" ? availableParallelism() : setting;
}
