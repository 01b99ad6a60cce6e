/**
 * Loaded into each process of the soak's gateway before its own program: on `SIGUSR2` it collects all garbage and appends
 * to the file of `SOAK_COLLECTED` what is left, as a line of JSON. Needs `--expose-gc`.
 */
import { appendFileSync } from "node:fs";
import { isMainThread } from "node:worker_threads";
import type { Collected } from "./collected-memory.ts";

const file = process.env.SOAK_COLLECTED;
if (isMainThread && file !== undefined) {
  process.on("SIGUSR2", () => {
    // The second finds what the first has only finalised, buffers of dead objects among it.
    globalThis.gc?.();
    globalThis.gc?.();
    const { heapUsed, external } = process.memoryUsage();
    const left: Collected = { pid: process.pid, heapBytes: heapUsed, externalBytes: external };
    appendFileSync(file, `${JSON.stringify(left)}\n`);
  });
}
