import type { Emit, EngineEvent } from "tideover/engine";
import { VERSION } from "tideover/providers";
import { engineLog } from "../logging/engine-log.ts";
import type { Log } from "../logging/index.ts";
import { engineTracing } from "./engine-tracing.ts";

/**
 * One listener for all who listen to the engine: traces, the log, and whoever else is named.
 * @param others told last, in this order
 */
export function engineListener(log: Log, ...others: readonly Emit[]): (event: EngineEvent) => void {
  // Traces come first: they decide what the next attempt tells its provider.
  const all = [engineTracing(VERSION), engineLog(log), ...others].filter((listener) => listener !== undefined);
  return (event) => {
    for (const listener of all) listener(event);
  };
}
