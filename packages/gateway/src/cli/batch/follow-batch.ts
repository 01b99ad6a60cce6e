import { sleep } from "tideover/engine";
import { systemClock } from "../../system.ts";
import type { CommandContext } from "../command.ts";
import type { BatchClient, ShownBatch } from "./batch-client.ts";
import { ProgressBar } from "./progress-bar.ts";

/** How often a batch is asked for: soon at first, so that a small one is not waited for long, in ms. */
const LEAST_WAIT_MS = 200;
const MOST_WAIT_MS = 5_000;

const ENDS: ReadonlySet<string> = new Set(["completed", "failed", "expired", "cancelled"]);

/** Whether nothing more will come of a batch. */
export function hasEnded({ status }: ShownBatch): boolean {
  return ENDS.has(status);
}

/**
 * Follows a batch to its end, or until the person has seen enough (Ctrl-C), which does the batch no harm.
 * @param shows false: no word of it, for scripts
 * @throws CommandError when the gateway cannot be asked
 */
export async function followBatch(
  client: BatchClient,
  first: ShownBatch,
  { io, messages }: CommandContext,
  shows: boolean,
): Promise<ShownBatch> {
  const enough = new AbortController();
  const remove = io.onSignal("SIGINT", () => enough.abort());
  const bar = new ProgressBar(io.stdout, () => systemClock.now());
  let batch = first;
  try {
    for (let waitMs = LEAST_WAIT_MS; ; waitMs = Math.min(MOST_WAIT_MS, waitMs * 1.5)) {
      const { total, completed, failed } = batch.request_counts;
      const text = messages.batch.progress(batch.status, completed, failed, total);
      if (shows) bar.tell(total === 0 ? 0 : (completed + failed) / total, text);
      if (hasEnded(batch) || enough.signal.aborted) return batch;
      await sleep(systemClock, waitMs, enough.signal);
      batch = await client.find(batch.id);
    }
  } finally {
    bar.end();
    remove();
  }
}
