import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import OpenAI from "openai";
import { FAST } from "../harness/stage.ts";
import { MortalGateway } from "../jobs/mortal-gateway.ts";

/** A real gateway in a process of its own before a simulated provider. */
export interface BatchStage extends AsyncDisposable {
  /** Where input may be written. */
  readonly folder: string;
  readonly upstream: UpstreamServer;
  readonly gateway: MortalGateway;
  /** OpenAI's own client, for one of the tenants. */
  client(key?: "key-of-one" | "key-of-two"): OpenAI;
}

/** What a stage is made of. */
export interface BatchStageOptions {
  /** Jobs that the gateway works on at once. */
  readonly concurrency: number;
  /** The provider answers within milliseconds, so that the gateway is what is measured. */
  readonly atOnce?: boolean | undefined;
  /** The gateway's `NODE_OPTIONS`. */
  readonly nodeOptions?: string | undefined;
}

const AT_ONCE = { ttftMs: 5, tokensPerSecond: 2_000, jitter: 0, promptTokensPerSecond: 1_000_000, slots: 1_000 };

/** Starts one on free ports. */
export async function batchStage({ concurrency, atOnce = false, nodeOptions }: BatchStageOptions): Promise<BatchStage> {
  const folder = mkdtempSync(join(tmpdir(), "tideover-batch-"));
  const upstream = await startUpstreamServer({ ...FAST, ...(atOnce ? { pacing: AT_ONCE } : {}) });
  const gateway = new MortalGateway(folder, "serve", nodeOptions);
  // Jobs may use 30% of a provider's limit.
  const limit = Math.ceil(concurrency / 0.3);
  writeFileSync(
    join(folder, "tideover.yaml"),
    `
server:
  port: 0
  drain: 1s
  jobs: { concurrency: ${concurrency} }
  keys:
    - { name: one, key: key-of-one, tenant: one }
    - { name: two, key: key-of-two, tenant: two }
providers:
  sim: { preset: openai-compatible, baseUrl: "${upstream.url}", apiKey: sk-test, limit: { concurrency: ${limit} } }
routes:
  - { model: "sim-*", cache: off, ladder: [sim, ticket] }
  - { model: "untold", cache: off, ladder: [sim] }
`,
  );
  await gateway.start();
  return {
    folder,
    upstream,
    gateway,
    client: (key = "key-of-one") => new OpenAI({ baseURL: `${gateway.url}/v1`, apiKey: key, maxRetries: 0 }),
    async [Symbol.asyncDispose]() {
      await gateway.kill();
      await upstream.close();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The question of one line; its answer is a few tokens unless said. */
export function questionOf(number: number, tokens = 6): string {
  return `Describe product ${number} 灯. sim_output_tokens=${tokens}`;
}

/** A line as OpenAI's guide writes it. */
export function requestLine(
  number: number,
  { tokens, ...more }: { readonly tokens?: number; [key: string]: unknown } = {},
) {
  const messages = [{ role: "user", content: questionOf(number, tokens) }];
  return JSON.stringify({
    custom_id: `product-${number}`,
    method: "POST",
    url: "/v1/chat/completions",
    body: { model: "sim-chat", messages },
    ...more,
  });
}

/** Asks until a batch stands as wanted. @throws Error when it takes longer than `patienceMs` */
export async function until(
  client: () => OpenAI,
  id: string,
  stands: (batch: OpenAI.Batch) => boolean,
  patienceMs = 60_000,
): Promise<OpenAI.Batch> {
  const giveUpAt = performance.now() + patienceMs;
  for (;;) {
    const batch = await client().batches.retrieve(id);
    if (stands(batch)) return batch;
    if (performance.now() > giveUpAt) throw new Error(`It took too long: ${JSON.stringify(batch)}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** Resident memory of a process now and at its most, in MiB; Linux only. */
export function residentMiB(pid: number | undefined): { readonly now: number; readonly most: number } {
  const status = readFileSync(`/proc/${pid}/status`, "utf8");
  const of = (name: string) =>
    Math.round(Number(new RegExp(`${name}:\\s+(\\d+)`).exec(status)?.[1] ?? Number.NaN) / 1_024);
  return { now: of("VmRSS"), most: of("VmHWM") };
}
