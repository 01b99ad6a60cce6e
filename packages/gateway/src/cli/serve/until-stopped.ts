import type { CliIo, Signal } from "../cli-io.ts";

/** Exit codes of a process that a signal ended, as shells give them. */
const ENDED_BY: Readonly<Record<"SIGINT" | "SIGTERM", number>> = { SIGINT: 130, SIGTERM: 143 };

/**
 * Waits for SIGINT or SIGTERM, then stops. A second such signal, while it is being stopped, ends the process at once.
 * @param stop is told of the first signal; what it resolves with is given back.
 */
export async function untilStopped<T>(io: CliIo, stop: () => Promise<T>): Promise<T> {
  const removers: (() => void)[] = [];
  try {
    await new Promise<void>((resolve) => {
      let stopping = false;
      const onSignal = (signal: Extract<Signal, "SIGINT" | "SIGTERM">) => {
        if (stopping) io.exit(ENDED_BY[signal]);
        stopping = true;
        resolve();
      };
      for (const signal of ["SIGINT", "SIGTERM"] as const) {
        removers.push(io.onSignal(signal, () => onSignal(signal)));
      }
    });
    return await stop();
  } finally {
    for (const remove of removers) remove();
  }
}
