/** The load of `cost.ts`, on a thread of its own: closed loops for as long as it is told. */
import { parentPort } from "node:worker_threads";
import { closedLoop } from "../../bench/load.ts";

/** What is to be done. */
export interface LoadOrder {
  readonly port: number;
  readonly seconds: number;
}

parentPort?.on("message", ({ port, seconds }: LoadOrder) => {
  const target = { port, headers: {} };
  closedLoop(target, { connections: 16, seconds, stream: false }).then(
    ({ done, failures }) => parentPort?.postMessage({ done, failed: failures.count }),
    (error: unknown) => parentPort?.postMessage({ done: 0, failed: 1, why: String(error) }),
  );
});
