import { createHash } from "node:crypto";
import type { UpstreamCounters, UpstreamServerOptions } from "@tideover/simulator";
import { type JsonObject, seededRandom } from "tideover/engine";
import { type Stage, stage } from "../harness/stage.ts";
import { type Agreement, agreements } from "./agreements.ts";

/** How much is run. */
export interface SightRun {
  readonly requests: number;
  readonly seed: number;
  /** Requests under way at once. */
  readonly atOnce: number;
}

/** What callers saw, by what they saw. */
export interface CallerCounts {
  sent: number;
  /** By the rung that answered. */
  readonly rungs: Record<string, number>;
  /** Error codes in place of an answer, or in the stream. */
  readonly codes: Record<string, number>;
  /** They left while the answer came. */
  left: number;
  /** Tokens that whole answers said they had. */
  outputTokens: number;
}

/** Faults and how often they strike, of a thousand requests that are not the rest of an answer. */
const FAULTS: readonly (readonly [fault: string, perMille: number])[] = [
  ["429", 50],
  ["500", 30],
  ["503", 30],
  ["reset", 20],
  ["empty", 15],
  ["error-before-content", 15],
  ["cut-12", 40],
  ["cut-clean-9", 20],
  ["error-in-stream-15", 15],
];
/** A word in a prompt: its caller leaves after the first token, where the answer stands still until then. */
const LEAVES = "LEAVES";
const PROVIDERS = ["first", "second"] as const;

/** Runs requests through a gateway before two faulty providers, and compares what all three ends have counted. */
export async function runExchanges(run: SightRun): Promise<readonly Agreement[]> {
  await using running = await stage({
    upstreams: Object.fromEntries(PROVIDERS.map((name, index) => [name, faulty(run.seed + index)])),
    routes: [
      {
        name: "main",
        model: "deepseek-*",
        deadline: "20s",
        cache: { when: "deterministic" },
        retry: { attempts: 2, baseDelay: "5ms", maxDelay: "20ms" },
        ladder: [...PROVIDERS, { template: { text: "Later, please." } }],
      },
      { name: "bare", model: "bare", ladder: ["second"] },
    ],
  });
  const counts: CallerCounts = { sent: 0, rungs: {}, codes: {}, left: 0, outputTokens: 0 };
  const random = seededRandom(run.seed);
  let next = 0;
  const caller = async () => {
    while (next < run.requests) {
      const ordinal = next++;
      await exchange(running.url, ordinal, random.next(), counts);
    }
  };
  await Promise.all(Array.from({ length: run.atOnce }, caller));
  await settled(running);
  const upstreams: Record<string, UpstreamCounters> = {};
  for (const name of PROVIDERS) {
    const upstream = running.upstreams[name];
    if (upstream !== undefined) upstreams[name] = upstream.model.counters;
  }
  const metrics = await (await fetch(`${running.url}/metrics`)).text();
  return agreements({ snapshot: running.gateway.sight.totals.snapshot(), upstreams, counts, metrics });
}

function faulty(seed: number): UpstreamServerOptions {
  return {
    profile: "faults",
    seed,
    faultFor: ({ request, ordinal }) => {
      if (request.body.includes(LEAVES)) return "stall-1";
      // The rest of an answer is asked for where a provider's own count of continuations begins.
      if (request.path.startsWith("/beta/")) return undefined;
      const digest = createHash("sha256").update(`${seed} ${ordinal}`).digest();
      let place = digest.readUInt16BE(0) % 1_000;
      for (const [fault, perMille] of FAULTS) {
        if (place < perMille) return fault;
        place -= perMille;
      }
      return undefined;
    },
  };
}

async function exchange(url: string, ordinal: number, chance: number, counts: CallerCounts): Promise<void> {
  counts.sent++;
  const leaves = chance < 0.04;
  const streamed = leaves || chance < 0.5;
  // Every ninth asks for what has been asked before, and may be answered from the cache.
  const subject = ordinal % 9 === 0 ? "a lamp" : `thing ${ordinal}`;
  const temperature = ordinal % 3 === 0 ? 0 : 1;
  const body: JsonObject = {
    model: chance > 0.99 ? "unknown-model" : chance > 0.97 ? "bare" : "deepseek-flash",
    messages: [{ role: "user", content: `Describe ${subject}. ${leaves ? LEAVES : ""} sim_output_tokens=20` }],
    temperature,
    ...(streamed ? { stream: true, stream_options: { include_usage: true } } : {}),
  };
  const abort = new AbortController();
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify(body),
    signal: abort.signal,
  });
  if (leaves && response.headers.get("content-type")?.startsWith("text/event-stream")) {
    const reader = response.body?.getReader();
    const first = await reader?.read();
    const rung = response.headers.get("tideover-rung") ?? "";
    // A text from the template is whole at once: there is nothing to leave.
    if (first?.done === false && !Buffer.from(first.value).includes("[DONE]") && rung !== "template") {
      counts.left++;
      abort.abort();
      return;
    }
    await reader?.cancel();
    count(counts.rungs, rung);
    return;
  }
  note(counts, response, await response.text());
}

function note(counts: CallerCounts, response: Response, text: string): void {
  const isStream = response.headers.get("content-type")?.startsWith("text/event-stream") === true;
  const documents = isStream
    ? text
        .split("\n\n")
        .flatMap((block) => (block.startsWith("data: {") ? [JSON.parse(block.slice(6)) as JsonObject] : []))
    : [JSON.parse(text) as JsonObject];
  const error = documents.map((document) => document.error).find((found) => found !== undefined && found !== null);
  if (error !== undefined) {
    count(counts.codes, String((error as JsonObject).code));
    return;
  }
  count(counts.rungs, response.headers.get("tideover-rung") ?? "");
  for (const { usage } of documents) {
    if (typeof usage !== "object" || usage === null) continue;
    counts.outputTokens += Number((usage as JsonObject).completion_tokens);
  }
}

/** Everything that was begun has ended: nothing is in flight at either end. */
async function settled({ gateway, upstreams }: Stage): Promise<void> {
  for (let look = 0; look < 200; look++) {
    const { gauges } = gateway.sight.totals.snapshot();
    const here = gauges.requestsInFlight?.[""] ?? 0;
    const there = Object.values(upstreams).reduce((sum, { model }) => sum + model.counters.inFlight, 0);
    if (here === 0 && there === 0) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}

function count(record: Record<string, number>, name: string): void {
  record[name] = (record[name] ?? 0) + 1;
}
