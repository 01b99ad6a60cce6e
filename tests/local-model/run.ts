/**
 * Does a local model that writes without a pause hurt live traffic? Sends calls at a steady rate through a gateway, first
 * alone, then beside the model, and prints rate, latency and event-loop delay of both. Needs ONNX Runtime:
 * `npm run local-model:install`. Usage: `node --conditions=tideover-source tests/local-model/run.ts [seconds] [calls/s]`.
 *
 * Gateway, simulated provider and caller share one process, so that the figures are worse than those of a gateway alone.
 */
import { mkdtemp, rm } from "node:fs/promises";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { monitorEventLoopDelay } from "node:perf_hooks";
import { findOnnxRuntime, tinyModel, writeModel } from "@tideover/local-model/testing";
import { ask, chat } from "../harness/ask.ts";
import { FAST, stage } from "../harness/stage.ts";

const [seconds = 10, rate = 40] = process.argv.slice(2).map(Number);
/** Larger than the tests' own, so that a token takes some milliseconds of real work: it is no flood of tokens that is measured. */
const HIDDEN = 768;

const onnxRuntimePath = findOnnxRuntime(process);
if (onnxRuntimePath === undefined) process.exitCode = 1;
else await measure(onnxRuntimePath);

async function measure(runtime: string): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), "tideover-load-"));
  await writeModel(tinyModel({ hidden: HIDDEN, maxPositions: 4_096 }), folder);
  const threads = Math.max(1, availableParallelism() - 1);
  const on = await stage({
    upstreams: { live: FAST },
    providers: {
      live: { models: { "*": "sim-chat" } },
      tiny: { preset: "onnx", model: folder, dtype: "fp32", inProcess: { threads } },
    },
    routes: [
      { model: "local", ladder: ["tiny"] },
      { model: "*", ladder: ["live"] },
    ],
    models: { onnxRuntimePath: runtime },
  });
  try {
    await ask(on.url, chat("local", { max_tokens: 1 }));
    await liveTraffic(on.url, 2);
    report("alone", await liveTraffic(on.url, seconds));
    const stop = new AbortController();
    const tokens = writeAllTheTime(on.url, stop.signal);
    report("beside the model", await liveTraffic(on.url, seconds));
    stop.abort();
    process.stdout.write(`the model wrote ${Math.round((await tokens) / seconds)} tokens/s on ${threads} thread(s)\n`);
  } finally {
    await on[Symbol.asyncDispose]();
    await rm(folder, { recursive: true });
  }
}

interface Measured {
  readonly perSecond: number;
  readonly p50: number;
  readonly p99: number;
  readonly loopP99: number;
}

/** Calls at an even rate, whether or not earlier ones have ended. */
async function liveTraffic(url: string, forSeconds: number): Promise<Measured> {
  const delay = monitorEventLoopDelay({ resolution: 1 });
  delay.enable();
  const startedAt = performance.now();
  const calls: Promise<number>[] = [];
  for (let index = 0; index < forSeconds * rate; index++) {
    const wait = startedAt + (index * 1_000) / rate - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    calls.push(ask(url, chat("any", { max_tokens: 40 })).then(({ ms }) => ms));
  }
  const times = (await Promise.all(calls)).toSorted((a, b) => a - b);
  delay.disable();
  const at = (share: number) => times[Math.floor(share * (times.length - 1))] ?? 0;
  const perSecond = times.length / ((performance.now() - startedAt) / 1_000);
  // The monitor's own timer waits its resolution of 1 ms, which is no delay.
  return { perSecond, p50: at(0.5), p99: at(0.99), loopP99: delay.percentile(99) / 1e6 - 1 };
}

/** One long answer after the other. @returns how many tokens came. */
async function writeAllTheTime(url: string, signal: AbortSignal): Promise<number> {
  let tokens = 0;
  while (!signal.aborted) {
    const { body } = await ask(url, chat("local", { max_tokens: 200, temperature: 1.5 }));
    tokens += (body.usage as { completion_tokens?: number } | undefined)?.completion_tokens ?? 0;
  }
  return tokens;
}

function report(what: string, { perSecond, p50, p99, loopP99 }: Measured): void {
  const times = `p50 ${p50.toFixed(1)} ms, p99 ${p99.toFixed(1)} ms`;
  process.stdout.write(`${what}: ${perSecond.toFixed(1)} calls/s, ${times}, event loop p99 ${loopP99.toFixed(1)} ms\n`);
}
