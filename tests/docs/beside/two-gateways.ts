import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { startUpstreamServer } from "@tideover/simulator";
import { expect } from "vitest";
import { freePorts, ServerProcess } from "../../harness/server-process.ts";
import { CHECKOUT } from "../pages.ts";
import { until } from "../until.ts";
import type { Beside } from "./beside.ts";

const KEY = "key-of-the-shop";
const ADMIN_KEY = "key-of-the-admin";
const SHOP = "shop";
/** The longest that a gateway may take to start on a busy machine, in ms. */
const START_MS = 60_000;

/** Two gateways, each of which has answered the tenant `shop`; in place of the two of the page. */
export async function twoGateways(): Promise<Beside> {
  await using stack = new AsyncDisposableStack();
  const upstream = await startUpstreamServer({ profile: "faults" });
  stack.defer(() => upstream.close());
  const first = stack.use(await keyedGateway(upstream.url));
  const second = stack.use(await keyedGateway(upstream.url));
  for (const { url } of [first, second]) await askOnce(url);
  const running = stack.move();
  return {
    inPlaceOf: [
      ["http://10.0.0.11:8787", first.url],
      ["http://10.0.0.12:8787", second.url],
      ["$ADMIN_KEY", ADMIN_KEY],
    ],
    async prove() {
      for (const { url } of [first, second]) expect(await requestsOf(url)).toBe(0);
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  };
}

/** A gateway of its own process and data folder; what it does not share, the other does not reach. */
async function keyedGateway(upstream: string): Promise<{ readonly url: string } & AsyncDisposable> {
  const folder = mkdtempSync(`${tmpdir()}/tideover-docs-gateway-`);
  const [port = 0] = await freePorts(1);
  const server = { port, adminKey: ADMIN_KEY, keys: [{ name: SHOP, key: KEY, tenant: SHOP }] };
  const providers = { deepseek: { preset: "deepseek", apiKey: "simulated", baseUrl: upstream } };
  const routes = [{ model: "*", ladder: ["deepseek", "ticket"] }];
  // JSON is YAML.
  writeFileSync(`${folder}/tideover.yaml`, JSON.stringify({ server, providers, routes }));
  const url = `http://127.0.0.1:${port}`;
  const gateway = new ServerProcess({
    name: "one of two gateways",
    command: process.execPath,
    args: ["--conditions=tideover-source", `${CHECKOUT}packages/gateway/bin/tideover.js`, "serve"],
    options: { cwd: folder },
    isReady: async () => (await fetch(`${url}/readyz`)).ok,
    startMs: START_MS,
  });
  await gateway.start();
  return {
    url,
    async [Symbol.asyncDispose]() {
      await gateway.stop("SIGTERM");
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** Asks once as the shop, and waits until that is remembered. */
async function askOnce(url: string): Promise<void> {
  const headers = { "content-type": "application/json", authorization: `Bearer ${KEY}` };
  const body = JSON.stringify({ model: "deepseek-chat", messages: [{ role: "user", content: "Describe the lamp" }] });
  const answer = await fetch(`${url}/v1/chat/completions`, { method: "POST", headers, body });
  expect(answer.status, await answer.text()).toBe(200);
  await until("request of the shop", async () => ((await requestsOf(url)) > 0 ? true : undefined));
}

/** How many requests of the shop a gateway remembers. */
async function requestsOf(url: string): Promise<number> {
  const headers = { authorization: `Bearer ${ADMIN_KEY}` };
  const answer = await fetch(`${url}/admin/api/requests?tenant=${SHOP}`, { headers });
  return ((await answer.json()) as { requests: unknown[] }).requests.length;
}
