import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startUpstreamServer, type UpstreamServer } from "@tideover/simulator";
import { spawnCommand } from "../acceptance/spawn-command.ts";

/** The two simulated providers run ten times as fast as real ones: a calm first token takes about 120 ms. */
const TIME_SCALE = 0.1;

/** The `tideover serve` command before two simulated providers, with callers that go on asking. */
export interface LiveGateway extends AsyncDisposable {
  /** Address of the gateway, without a path. */
  readonly url: string;
  readonly first: UpstreamServer;
  readonly second: UpstreamServer;
  /** Asks about so often a second from now on, until it is set again; 0 stops. */
  traffic(perSecond: number): void;
}

/** Settings of {@link liveGateway}. */
export interface LiveGatewayOptions {
  /** `server.adminKey`; absent: this machine alone sees the dashboard. */
  readonly adminKey?: string;
}

/** Starts the gateway as a person would, from a file, in a folder of its own. */
export async function liveGateway(options: LiveGatewayOptions = {}): Promise<LiveGateway> {
  const folder = await mkdtemp(join(tmpdir(), "tideover-dashboard-"));
  const upstream = { profile: "calm", timeScale: TIME_SCALE, pacing: { jitter: 0 } };
  const first = await startUpstreamServer({ ...upstream, seed: 1 });
  const second = await startUpstreamServer({ ...upstream, seed: 2 });
  await writeFile(join(folder, "tideover.yaml"), configuration(first.url, second.url, options.adminKey));
  const command = await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder);
  const url = command.url;
  let timer: NodeJS.Timeout | undefined;
  const asked = new AbortController();
  let count = 0;
  return {
    url,
    first,
    second,
    traffic(perSecond) {
      clearInterval(timer);
      if (perSecond > 0) timer = setInterval(() => void askOnce(url, ++count, asked.signal), 1000 / perSecond);
    },
    async [Symbol.asyncDispose]() {
      clearInterval(timer);
      asked.abort();
      await command[Symbol.asyncDispose]();
      await Promise.all([first.close(), second.close()]);
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** One caller's question; whatever comes of it is for the dashboard to tell. */
async function askOnce(url: string, count: number, signal: AbortSignal): Promise<void> {
  const product = ["a teapot", "a lighthouse lamp", "a wool blanket", "a tide table"][count % 4];
  try {
    const response = await fetch(`${url}/v1/chat/completions`, {
      method: "POST",
      headers: { "content-type": "application/json" },
      body: JSON.stringify({
        model: count % 7 === 0 ? "support-chat" : "deepseek-flash",
        stream: count % 5 !== 0,
        messages: [{ role: "user", content: `Describe ${product} (${count}).` }],
        metadata: { name: product },
        // Every tenth question is an old one that the cache knows.
        ...(count % 10 === 0 ? { temperature: 0, messages: [{ role: "user", content: "What are tides?" }] } : {}),
      }),
      signal,
    });
    await response.arrayBuffer();
  } catch {
    // A cut answer, or the test is over.
  }
}

function configuration(first: string, second: string, adminKey: string | undefined): string {
  return `server:
  dataDir: data
  records: { prompts: true }
${adminKey === undefined ? "" : `  adminKey: ${adminKey}\n`}providers:
  harbour: { preset: deepseek, baseUrl: "${first}", apiKey: simulated, breaker: { consecutive: 3, open: 1s } }
  lagoon: { preset: deepseek, baseUrl: "${second}", apiKey: simulated, breaker: { consecutive: 3, open: 1s } }
routes:
  - name: product-copy
    model: "deepseek-*"
    deadline: 10s
    firstToken: 1s
    cache: { fresh: 1h, stale: 1d }
    ladder:
      - harbour
      - lagoon
      - template: { text: "A fine product: {{metadata.name}}. More about it soon.", review: true }
      - ticket
  - name: support
    model: "support-*"
    deadline: 10s
    firstToken: 1s
    ladder: [lagoon, harbour, { template: { text: "We are busy and write to you within the hour." } }]
`;
}
