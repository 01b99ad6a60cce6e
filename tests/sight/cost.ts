/**
 * What it costs to see: the CPU time of the gateway's thread per unstreamed request, with totals, recent requests and
 * levels taking every event and with them taking none, in one process and by turns; and the share of that time which a
 * profile finds in them.
 *
 * `npm run sight-cost -- [--rounds 8] [--seconds 3] [--only totals,requests,events,levels]`. Only the ratio means anything on a busy machine.
 */
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import type { Readable } from "node:stream";
import { parseArgs } from "node:util";
import { Worker } from "node:worker_threads";
import {
  createGateway,
  createLog,
  createNodeTransport,
  startServer,
  systemClock,
  systemIds,
  systemRandom,
} from "@tideover/gateway";
import { resolveConfig } from "tideover/config";
import { profiledShare } from "./profiled-share.ts";

/** How long the profile takes, in s. */
const PROFILED_SECONDS = 15;

const { values } = parseArgs({
  options: {
    rounds: { type: "string", default: "8" },
    seconds: { type: "string", default: "3" },
    only: { type: "string" },
  },
});
const upstream = spawn(process.execPath, ["--conditions=tideover-source", "bench/upstream.ts"], {
  stdio: ["ignore", "pipe", "inherit"],
});
const { port } = await firstLine(upstream.stdout);
const resolved = resolveConfig({
  providers: { up: { preset: "openai-compatible", baseUrl: `http://127.0.0.1:${port}/v1`, upstream: "mirror" } },
  routes: [{ name: "main", model: "*", ladder: ["up"] }],
});
if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
const log = createLog({ level: "warn", pretty: false, color: false });
const transport = createNodeTransport();
const parts = { transport, clock: systemClock, random: systemRandom, ids: systemIds, log };
const gateway = createGateway({ config: resolved.config, ...parts });
const { limits } = resolved.config.server;
const server = await startServer({ handler: gateway.handler, host: "127.0.0.1", port: 0, limits, log });
const load = new Worker(new URL("./cost-load.ts", import.meta.url));

const { totals, requests, events, levels } = gateway.sight;
const blind = () => undefined;
const named = { totals, requests, events, levels };
const seers = Object.entries(named)
  .filter(([name]) => values.only === undefined || values.only.split(",").includes(name))
  .map(([, seer]) => seer)
  .map((seer) => ({ seer, seeing: { ...seer }, blind: blinded(seer) }));
const look = (on: boolean) => {
  for (const { seer, seeing, blind: blindly } of seers) Object.assign(seer, on ? seeing : blindly);
};

/** The same listeners, hearing nothing. */
function blinded(seer: object): object {
  const listeners = ["engineEvent", "exchangeEnded"].filter((name) => name in seer);
  return Object.fromEntries(listeners.map((name) => [name, blind]));
}

async function microsPerRequest(seconds: number): Promise<number> {
  const before = process.threadCpuUsage();
  const { done, failed, why } = await new Promise<{ done: number; failed: number; why?: string }>((resolve) => {
    load.once("message", resolve);
    load.postMessage({ port: server.port, seconds });
  });
  if (failed > 0) throw new Error(`${failed} requests failed: a run with failures is no result. ${why ?? ""}`);
  const { user, system } = process.threadCpuUsage(before);
  return (user + system) / done;
}

await microsPerRequest(5);
const on: number[] = [];
const off: number[] = [];
for (let round = 0; round < Number(values.rounds); round++) {
  // Whoever comes second finds the caches warm: they take turns at it.
  for (const isOn of round % 2 === 0 ? [true, false] : [false, true]) {
    look(isOn);
    (isOn ? on : off).push(await microsPerRequest(Number(values.seconds)));
  }
}
look(true);
const profiledPercent = await profiledShare(() => microsPerRequest(PROFILED_SECONDS));
const median = (all: readonly number[]) => all.toSorted((one, other) => one - other)[Math.floor(all.length / 2)] ?? 0;
const quarter = (all: readonly number[]) => {
  const least = all.toSorted((one, other) => one - other).slice(0, Math.ceil(all.length / 4));
  return least.reduce((sum, micros) => sum + micros, 0) / least.length;
};
const ratios = on.map((micros, index) => micros / (off[index] ?? micros) - 1);
process.stdout.write(
  `${JSON.stringify({
    onMicros: Number(median(on).toFixed(1)),
    offMicros: Number(median(off).toFixed(1)),
    costPercent: Number((median(ratios) * 100).toFixed(1)),
    // Of the rounds that other work disturbed least.
    leastPercent: Number(((quarter(on) / quarter(off) - 1) * 100).toFixed(1)),
    // Of the thread's busy time, while all is seen.
    profiledPercent: Number(profiledPercent.toFixed(1)),
    each: ratios.map((ratio) => Number((ratio * 100).toFixed(1))),
  })}\n`,
);
await load.terminate();
await server.close(0);
await gateway.close();
await transport.close();
upstream.kill();

async function firstLine(output: Readable): Promise<{ readonly port: number }> {
  for await (const line of createInterface({ input: output })) return JSON.parse(line);
  throw new Error("The mock upstream ended before it listened.");
}
