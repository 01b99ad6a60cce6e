/**
 * Exact hits of the cache per second on one core, against a bare `node:http` server that sends an answer of the same
 * size, in one interleaved run. On a busy machine the CPU time per request says more than the rate.
 *
 * `node --conditions=tideover-source bench/cache-hits.ts [--built] [--json] [--seconds N] [--rounds N]`; exit code 1
 * when the aim is missed.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { closedLoop } from "./load.ts";
import { CORES, canPin, canReadProcesses, freePort, Process, pinThisProcess } from "./processes.ts";
import { pause } from "./samples.ts";

/** The share of the bare server's rate that hits must reach. */
const LEAST_SHARE = 0.45;
const CONNECTIONS = 32;
/** Until the compiler is done with a path. */
const WARM_SECONDS = 10;
/** How long a server may take to answer, in ms. */
const START_MS = 20_000;

interface Round {
  readonly perSecond: number;
  /** CPU time per request, in us. */
  readonly cpuMicros: number;
}

const { values } = parseArgs({
  options: {
    built: { type: "boolean", default: false },
    json: { type: "boolean", default: false },
    seconds: { type: "string", default: "4" },
    rounds: { type: "string", default: "5" },
  },
});
const seconds = Number(values.seconds);
const rounds = Number(values.rounds);
const pinned = canPin() && canReadProcesses();
if (pinned) pinThisProcess();
const root = fileURLToPath(new URL("..", import.meta.url));
const folder = mkdtempSync(join(tmpdir(), "tideover-bench-"));
const [barePort, gatewayPort] = [await freePort(), await freePort()];

function start(name: string, args: readonly string[]): Process {
  const core = pinned ? CORES.system : undefined;
  return new Process({ program: process.execPath, args, folder, logFile: join(folder, `${name}.log`), core });
}

async function untilAnswering(port: number): Promise<void> {
  for (const startedAt = performance.now(); ; await pause(50)) {
    const body = JSON.stringify({ model: "whole", messages: [{ role: "user", content: "Are you there?" }] });
    const headers = { "content-type": "application/json" };
    const answered = await fetch(`http://127.0.0.1:${port}/v1/chat/completions`, {
      method: "POST",
      headers,
      body,
    }).then(
      async (response) => (await response.text()) !== "" && response.status === 200,
      () => false,
    );
    if (answered) return;
    if (performance.now() - startedAt > START_MS) throw new Error(`Nothing answered within ${START_MS} ms.`);
  }
}

async function measure(port: number, running: Process, forSeconds = seconds): Promise<Round> {
  const before = running.cpuSeconds();
  const load = await closedLoop(
    { port, headers: {} },
    { connections: CONNECTIONS, seconds: forSeconds, stream: false },
  );
  const { failures, done } = load;
  if (failures.count > 0) throw new Error(`${failures.count} of ${done} failed: ${failures.first}`);
  return { perSecond: done / load.seconds, cpuMicros: ((running.cpuSeconds() - before) * 1e6) / done };
}

function median(numbers: readonly number[]): number {
  return numbers.toSorted((a, b) => a - b)[Math.floor(numbers.length / 2)] ?? Number.NaN;
}

writeFileSync(
  join(folder, "tideover.yaml"),
  JSON.stringify({
    server: { host: "127.0.0.1", port: gatewayPort },
    providers: {
      bare: {
        preset: "openai-compatible",
        baseUrl: `http://127.0.0.1:${barePort}/v1`,
        apiKey: "bench",
        upstream: "mirror",
      },
    },
    routes: [{ model: "*", cache: { when: "always" }, ladder: ["bare"] }],
  }),
);
const gatewayCommand = values.built
  ? [join(root, "packages/gateway/dist/cli/main.js")]
  : ["--conditions=tideover-source", join(root, "packages/gateway/src/cli/main.ts")];
const bare = start("bare", [join(root, "bench/cache-hits-server.ts"), String(barePort)]);
const gateway = start("gateway", [...gatewayCommand, "serve", "--config", "tideover.yaml"]);
try {
  await untilAnswering(barePort);
  await untilAnswering(gatewayPort);
  await measure(barePort, bare, Math.min(WARM_SECONDS, seconds * 3));
  await measure(gatewayPort, gateway, Math.min(WARM_SECONDS, seconds * 3));
  const found: { readonly bare: Round; readonly hits: Round }[] = [];
  for (let round = 0; round < rounds; round++) {
    found.push({ bare: await measure(barePort, bare), hits: await measure(gatewayPort, gateway) });
  }
  const share = median(found.map(({ bare, hits }) => hits.perSecond / bare.perSecond));
  const cpuShare = median(found.map(({ bare, hits }) => bare.cpuMicros / hits.cpuMicros));
  const summary = {
    pinned,
    barePerSecond: Math.round(median(found.map(({ bare }) => bare.perSecond))),
    hitsPerSecond: Math.round(median(found.map(({ hits }) => hits.perSecond))),
    share,
    bareCpuMicros: median(found.map(({ bare }) => bare.cpuMicros)),
    hitCpuMicros: median(found.map(({ hits }) => hits.cpuMicros)),
    cpuShare,
    aim: LEAST_SHARE,
  };
  if (values.json) process.stdout.write(`${JSON.stringify(summary)}\n`);
  else {
    process.stdout.write(
      [
        `bare node:http   ${summary.barePerSecond} requests/s, ${summary.bareCpuMicros.toFixed(1)} us of CPU each`,
        `exact hits       ${summary.hitsPerSecond} requests/s, ${summary.hitCpuMicros.toFixed(1)} us of CPU each`,
        `share            ${share.toFixed(2)} by rate, ${cpuShare.toFixed(2)} by CPU time; at least ${LEAST_SHARE} is wanted`,
        "",
      ].join("\n"),
    );
  }
  process.exitCode = share >= LEAST_SHARE ? 0 : 1;
} finally {
  await bare.stop();
  await gateway.stop();
  rmSync(folder, { recursive: true, force: true });
}
