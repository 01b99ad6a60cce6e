import { spawn } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Check } from "../acceptance/measurement.ts";

const MIB = 1024 * 1024;

/** The memory that stored answers take, whatever comes. */
export const memoryBound: Check = {
  name: "cache: memory under a million distinct answers",
  async measure() {
    const found = await inserts();
    const bound = found.configuredBytes * 1.1;
    const megabytes = (bytes: number) => `${(bytes / MIB).toFixed(0)} MiB`;
    return [
      {
        point: `heap after ${found.inserts} inserts, ${found.entries} of them held`,
        measured: `${megabytes(found.heapBytes)}, at most ${megabytes(found.mostHeapBytes)} on the way`,
        bound: `<= ${megabytes(bound)}`,
        holds: found.heapBytes <= bound && found.mostHeapBytes <= bound && found.entries > 0,
      },
      {
        point: "what the cache believes it holds",
        measured: megabytes(found.believedBytes),
        bound: `<= ${megabytes(found.configuredBytes)}`,
        holds: found.believedBytes <= found.configuredBytes,
      },
    ];
  },
};

interface Found {
  readonly inserts: number;
  readonly configuredBytes: number;
  readonly believedBytes: number;
  readonly heapBytes: number;
  readonly mostHeapBytes: number;
  readonly entries: number;
}

/** In a process of its own, whose heap holds nothing else. */
function inserts(): Promise<Found> {
  const script = fileURLToPath(new URL("insert-answers.ts", import.meta.url));
  const child = spawn(process.execPath, ["--expose-gc", "--conditions=tideover-source", script], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  let said = "";
  child.stdout.on("data", (bytes: Buffer) => {
    said += bytes.toString();
  });
  return new Promise((resolve, reject) => {
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve(JSON.parse(said) as Found);
      else reject(new Error(`The inserting process ended with code ${code}.`));
    });
  });
}
