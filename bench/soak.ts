/**
 * A long time under load: streams that begin, end, are left, cut, stalled and refused, over a gateway whose
 * configuration is reloaded all the while. Reports the growth of its memory after the warm-up, resident and kept after
 * a collection, its open handles before and after, and what went wrong for callers.
 *
 * `npm run soak -- [--minutes 30] [--streams 2000] [--workers 1] [--shedding]`; JSON goes to standard output. Unless
 * `--shedding` is given the gateway refuses nobody for being full, so that as many streams are open as was said.
 */
import { fork } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { Agent, type ClientRequest, request } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { collectedEnvironment, collectedMemory } from "./collected-memory.ts";
import { freePort, Process } from "./processes.ts";
import { pause } from "./samples.ts";
import { endingOf, growthPerMinute, type Point, type SoakEnding } from "./soak-figures.ts";

const PROGRAM = fileURLToPath(new URL("../packages/gateway/bin/tideover.js", import.meta.url));
const UPSTREAM = fileURLToPath(new URL("soak-upstream.ts", import.meta.url));
/** Between two looks at the gateway, in ms. */
const LOOK_MS = 2_000;
/** How often all garbage is collected, to see what is kept: seldom, for it changes what is measured. */
const COLLECTIONS = 9;
/** Between two reloads, in ms. */
const RELOAD_MS = 15_000;
/** Share of the time that counts as warm-up: pools fill, code is compiled, the heap finds its size. */
const WARM_UP_SHARE = 1 / 3;
/** Share of the streams that their clients leave before the end, and after how long at most (ms). */
const LEFT_SHARE = 0.05;
const LEFT_MS = 5_000;
/** After a refusal a client waits so long (ms) rather than what it was told, to keep the pressure up. */
const REFUSED_PAUSE_MS = 500;
/** How long the gateway may take to end everything after the last client has gone, in ms. */
const SETTLE_MS = 15_000;
/** How long it may take to start, in ms. */
const START_MS = 60_000;
/** The end of a response that is kept to judge it, in characters. */
const TAIL = 600;

const { values } = parseArgs({
  options: {
    minutes: { type: "string", default: "30" },
    streams: { type: "string", default: "2000" },
    workers: { type: "string", default: "1" },
    shedding: { type: "boolean", default: false },
  },
});
const minutes = Number(values.minutes);
const streams = Number(values.streams);
const workers = Number(values.workers);
if (!(minutes > 0 && streams > 0 && workers > 0))
  throw new Error("--minutes, --streams and --workers must be above 0.");

const folder = mkdtempSync(join(tmpdir(), "tideover-soak-"));
const configFile = join(folder, "tideover.yaml");
const port = await freePort();
const upstreamPorts = [await freePort(), await freePort()];

/** The configuration; the gap between two versions is a timer that a reload changes. */
function writeConfig(version: number): void {
  const provider = (upstream: number | undefined) =>
    `{ preset: openai-compatible, baseUrl: "http://127.0.0.1:${upstream}/v1", apiKey: k, limit: off }`;
  const text = `
server: { port: ${port}, dataDir: data, workers: ${workers}, shedding: ${values.shedding ? "{ mostOpen: auto }" : "off"} }
# Full within the warm-up, so that what grows afterwards is not the cache.
stores: { cacheMemory: 16MiB }
providers:
  first: ${provider(upstreamPorts[0])}
  second: ${provider(upstreamPorts[1])}
routes:
  - { name: soak, model: "*", gap: ${3 + (version % 2)}s, deadline: 60s, ladder: [first, second, stale] }
`;
  // As a whole: a reload that reads half a file refuses it, and says so.
  writeFileSync(`${configFile}.new`, text);
  renameSync(`${configFile}.new`, configFile);
}

/** How the streams ended. */
const endings: Record<SoakEnding, number> = { whole: 0, flagged: 0, refused: 0, left: 0, wrong: 0 };
/** The codes of what was refused. */
const refusedBy: Record<string, number> = {};
let firstWrong: string | undefined;
let stopped = false;
const open = new Set<ClientRequest>();
const agent = new Agent({ keepAlive: true, maxSockets: Number.POSITIVE_INFINITY });
// Cacheable and unlike any other, now and then alike: caches and flights are soaked as well.
let asked = 0;

/** One stream after the other, until it is over. */
async function client(): Promise<void> {
  while (!stopped) {
    const ending = await oneStream();
    if (stopped && ending === "wrong") return;
    endings[ending]++;
    if (ending === "refused" || ending === "wrong") await pause(REFUSED_PAUSE_MS);
  }
}

function oneStream(): Promise<SoakEnding> {
  const question = `Question ${Math.floor(asked++ / 1.02)}`;
  const body = JSON.stringify({
    model: "soak",
    stream: true,
    temperature: 0,
    messages: [{ role: "user", content: question }],
  });
  return new Promise((resolve) => {
    let isLeft = false;
    const headers = { "content-type": "application/json", "content-length": String(Buffer.byteLength(body)) };
    const options = { port, host: "127.0.0.1", method: "POST", path: "/v1/chat/completions", headers, agent };
    const done = (ending: SoakEnding, why: string) => {
      clearTimeout(timer);
      open.delete(sent);
      if (ending === "wrong" && !isLeft && !stopped) firstWrong ??= why;
      resolve(isLeft ? "left" : ending);
    };
    const sent = request(options, (response) => {
      let tail = "";
      response.setEncoding("utf8").on("data", (text: string) => {
        tail = (tail + text).slice(-TAIL);
      });
      response.on("close", () => {
        const status = response.statusCode ?? 0;
        if (status !== 200) {
          const code = /"code":"([a-z_]+)"/.exec(tail)?.[1] ?? String(status);
          refusedBy[code] = (refusedBy[code] ?? 0) + 1;
        }
        done(endingOf(status, tail, response.complete), `status ${status}, complete ${response.complete}: ${tail}`);
      });
      response.on("error", () => undefined);
    });
    sent.on("error", (error) => done("wrong", error.message));
    const leaves = Math.random() < LEFT_SHARE;
    const timer = setTimeout(
      () => {
        isLeft = true;
        sent.destroy();
      },
      leaves ? Math.random() * LEFT_MS : 120_000,
    );
    open.add(sent);
    sent.end(body);
  });
}

/** The processes of the gateway: the one that was started, and its workers. */
function gatewayPids(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, "utf8").split(" ").filter(Boolean).map(Number);
  return [pid, ...children];
}

/** What the gateway keeps when all garbage is collected: in the JavaScript heaps, and outside of them. In MiB. */
async function kept(pid: number): Promise<{ readonly heap: number; readonly external: number }> {
  const { heapBytes, externalBytes } = await collectedMemory(gatewayPids(pid), collectedFile);
  return { heap: heapBytes / 2 ** 20, external: externalBytes / 2 ** 20 };
}

/** A figure's way from the warm-up on. */
function course(points: readonly Point[]) {
  return {
    atWarmUp: round(points[0]?.value ?? Number.NaN),
    atEnd: round(points.at(-1)?.value ?? Number.NaN),
    growthPerMinute: round(growthPerMinute(points)),
  };
}

const residentMiB = (pid: number) =>
  Number(/^Rss: +(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, "utf8"))?.[1]) / 1_024;
const handles = (pid: number) => readdirSync(`/proc/${pid}/fd`).length;
const sum = (pid: number, read: (pid: number) => number) =>
  gatewayPids(pid).reduce((total, each) => total + read(each), 0);
const round = (value: number) => Math.round(value * 100) / 100;

const upstreams = upstreamPorts.map((each) => fork(UPSTREAM, [String(each)], { stdio: "inherit" }));
writeConfig(0);
const logFile = join(folder, "gateway.log");
const collectedFile = join(folder, "collected.jsonl");
const gateway = new Process({
  program: process.execPath,
  args: [PROGRAM, "serve", "--config", configFile, "--log-level", "warn", "--json"],
  folder,
  environment: collectedEnvironment(collectedFile),
  logFile,
  core: undefined,
});
const logged = () => readFileSync(logFile, "utf8");
// Whoever ends it early leaves no gateway behind; the upstreams end with their parent.
for (const signal of ["SIGINT", "SIGTERM"] as const) {
  process.once(signal, async () => {
    await gateway.stop();
    rmSync(folder, { recursive: true, force: true });
    process.exit(1);
  });
}
try {
  for (let waited = 0; !logged().includes('"listening"'); waited += 100) {
    if (!gateway.running || waited > START_MS) throw new Error(`The gateway did not start:\n${logged()}`);
    await pause(100);
  }
  const { pid } = gateway;
  await pause(LOOK_MS);
  const before = { handles: sum(pid, handles), ...(await kept(pid)) };
  const memory: Point[] = [];
  const heap: Point[] = [];
  const external: Point[] = [];
  const startedAt = performance.now();
  const endsAt = startedAt + minutes * 60_000;
  const clients = Array.from({ length: streams }, async (_, index) => {
    // Over the first ten seconds, so that they do not all end together.
    await pause((index * 10_000) / streams);
    return client();
  });
  let reloads = 0;
  let mostHandles = 0;
  const collectEvery = (endsAt - startedAt) / COLLECTIONS;
  for (let nextReload = startedAt + RELOAD_MS, nextCollection = startedAt; performance.now() < endsAt; ) {
    await pause(LOOK_MS);
    const at = performance.now();
    memory.push({ at, value: sum(pid, residentMiB) });
    if (at >= nextCollection + collectEvery) {
      nextCollection = at;
      const found = await kept(pid);
      heap.push({ at, value: found.heap });
      external.push({ at, value: found.external });
    }
    mostHandles = Math.max(mostHandles, sum(pid, handles));
    if (at < nextReload) continue;
    nextReload = at + RELOAD_MS;
    writeConfig(++reloads);
    process.stderr.write(
      `${round((at - startedAt) / 60_000)} min: ${Math.round(memory.at(-1)?.value ?? 0)} MiB, ${JSON.stringify(endings)}\n`,
    );
  }
  stopped = true;
  for (const sent of open) sent.destroy();
  agent.destroy();
  await Promise.all(clients);
  await pause(SETTLE_MS);
  const warmUntil = startedAt + WARM_UP_SHARE * minutes * 60_000;
  const warm = (points: readonly Point[]) => points.filter(({ at }) => at >= warmUntil);
  const settled = await kept(pid);
  const report = {
    ...{ minutes, streams, workers, reloads, endings, refusedBy, ...(firstWrong === undefined ? {} : { firstWrong }) },
    rssMiB: {
      ...course(warm(memory)),
      most: round(Math.max(...memory.map(({ value }) => value))),
      settled: round(sum(pid, residentMiB)),
    },
    // Kept after all garbage was collected; resident memory holds also what the collector has not got to.
    heapMiB: { before: round(before.heap), ...course(warm(heap)), settled: round(settled.heap) },
    externalMiB: { before: round(before.external), ...course(warm(external)), settled: round(settled.external) },
    openHandles: { before: before.handles, most: mostHandles, after: sum(pid, handles) },
    logged: levelsOf(logged()),
  };
  process.stdout.write(`${JSON.stringify(report, null, 2)}\n`);
  if (endings.wrong > 0) process.exitCode = 1;
} finally {
  await gateway.stop();
  for (const upstream of upstreams) upstream.kill();
  rmSync(folder, { recursive: true, force: true });
}

/** How many entries of each event the gateway has logged, from warnings on. */
function levelsOf(log: string): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const [, level, event] of log.matchAll(/"level":"(warn|error)"[^\n]*?"event":"([a-z-]+)"/g)) {
    const key = `${level} ${event}`;
    counts[key] = (counts[key] ?? 0) + 1;
  }
  return counts;
}
