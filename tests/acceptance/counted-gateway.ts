import {
  createGateway,
  createNodeTransport,
  type RunningServer,
  SILENT_LOG,
  startServer,
  systemClock,
  systemIds,
  systemRandom,
} from "@tideover/gateway";
import { resolveConfig, type TideoverConfig } from "tideover/config";
import type { Clock } from "tideover/engine";

/** A gateway whose timers are counted. */
export interface CountedGateway extends AsyncDisposable {
  readonly url: string;
  readonly server: RunningServer;
  /** Timers that wait now. */
  timers(): number;
}

/** Starts a gateway on a free port. @throws Error for a configuration that cannot be used. */
export async function startCountedGateway(input: TideoverConfig): Promise<CountedGateway> {
  const resolved = resolveConfig(input);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues, null, 2));
  const { clock, timers } = countedClock();
  const transport = createNodeTransport();
  const parts = { transport, clock, random: systemRandom, ids: systemIds, log: SILENT_LOG };
  const { handler } = createGateway({ config: resolved.config, ...parts });
  const { limits } = resolved.config.server;
  const server = await startServer({ handler, host: "127.0.0.1", port: 0, limits, log: SILENT_LOG, clock });
  return {
    url: server.url,
    server,
    timers,
    async [Symbol.asyncDispose]() {
      await server.close(0);
      await transport.close();
    },
  };
}

function countedClock(): { readonly clock: Clock; timers(): number } {
  let waiting = 0;
  const clock: Clock = {
    now: () => systemClock.now(),
    wallTime: () => systemClock.wallTime(),
    schedule(delayMs, callback) {
      let pending = true;
      const settle = () => {
        if (pending) waiting--;
        pending = false;
      };
      waiting++;
      const timer = systemClock.schedule(delayMs, () => {
        settle();
        callback();
      });
      return {
        cancel() {
          settle();
          timer.cancel();
        },
      };
    },
  };
  return { clock, timers: () => waiting };
}
