import { existsSync, readFileSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { pause } from "./samples.ts";

const PRELOADED = fileURLToPath(new URL("collect-on-signal.ts", import.meta.url));
/** How long a process may take to collect its garbage and say so, in ms. */
const PATIENCE_MS = 10_000;
const LOOK_MS = 50;

/** What a process holds after all garbage was collected. */
export interface Collected {
  readonly pid: number;
  /** In the JavaScript heap. */
  readonly heapBytes: number;
  /** Outside of it, bytes of buffers above all. */
  readonly externalBytes: number;
}

/** The environment of a process that can be asked by {@link collectedMemory}, and its children. */
export function collectedEnvironment(file: string): Record<string, string> {
  const given = process.env.NODE_OPTIONS ?? "";
  return { SOAK_COLLECTED: file, NODE_OPTIONS: `${given} --expose-gc --import "${PRELOADED}"`.trim() };
}

/**
 * Has processes collect their garbage. What remains is what they keep; resident memory holds what the collector has
 * not got to as well, and what the allocators keep for later.
 * @param file the one that {@link collectedEnvironment} was given
 * @returns the sums of those that answered
 */
export async function collectedMemory(pids: readonly number[], file: string): Promise<Omit<Collected, "pid">> {
  rmSync(file, { force: true });
  for (const pid of pids) process.kill(pid, "SIGUSR2");
  let found: Collected[] = [];
  for (let waited = 0; found.length < pids.length && waited < PATIENCE_MS; waited += LOOK_MS) {
    await pause(LOOK_MS);
    found = existsSync(file) ? linesOf(readFileSync(file, "utf8")) : [];
  }
  return {
    heapBytes: found.reduce((sum, { heapBytes }) => sum + heapBytes, 0),
    externalBytes: found.reduce((sum, { externalBytes }) => sum + externalBytes, 0),
  };
}

/** The lines that are whole. */
function linesOf(text: string): Collected[] {
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line) as Collected);
}
