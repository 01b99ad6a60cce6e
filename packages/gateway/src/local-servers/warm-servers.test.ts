import type { ServerResponse } from "node:http";
import { resolveConfig, type TideoverConfig } from "tideover/config";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { createLog } from "../logging/index.ts";
import { createNodeTransport } from "../transport/index.ts";
import { WARM_PATIENCE_MS, WARM_PAUSE_MS } from "./defaults.ts";
import { LOADING, PAGES, standIn } from "./testing/stand-in-servers.ts";
import { WarmServers } from "./warm-servers.ts";

/** How long a test waits for what happens on sockets, in ms; a busy machine is slow. */
const PATIENCE = { timeout: 15_000 };

function configured(providers: NonNullable<TideoverConfig["providers"]>) {
  const resolved = resolveConfig({ providers, routes: [{ model: "*", ladder: Object.keys(providers) }] });
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  return resolved.config;
}

/** A warmer on a clock that stands still, with what it logs. */
function stage() {
  const transport = createNodeTransport();
  const clock = new VirtualClock();
  const lines: { event?: string; provider?: string; model?: string }[] = [];
  const log = createLog({ destination: { write: (line) => void lines.push(JSON.parse(line)) } });
  const servers = new WarmServers({ transport, clock, log });
  return {
    clock,
    servers,
    told: () => lines.map(({ event, provider, model }) => `${event} ${provider} ${model}`),
    async [Symbol.asyncDispose]() {
      await servers.close();
      await transport.close();
    },
  };
}

test("asks each model of a server that is to be warm for one token, once", async () => {
  await using ollama = await standIn(PAGES.ollama);
  await using on = stage();
  const box = {
    preset: "ollama",
    baseUrl: `http://127.0.0.1:${ollama.port}/v1`,
    models: { "*": "qwen2.5:0.5b", big: "deepseek-r1:1.5b", other: "qwen2.5:0.5b" },
  };
  on.servers.warm(configured({ box }));
  on.servers.warm(configured({ box: { ...box, warm: true } }));
  // A reload that changes nothing of it.
  on.servers.warm(configured({ box: { ...box, warm: true, breaker: "off" } }));
  await expect.poll(on.told, PATIENCE).toEqual(["server-warm box qwen2.5:0.5b", "server-warm box deepseek-r1:1.5b"]);
  expect(ollama.bodies).toMatchObject([
    { model: "qwen2.5:0.5b", max_tokens: 1 },
    { model: "deepseek-r1:1.5b", max_tokens: 1 },
  ]);
});

test("waits for a server that is still loading, and tells of one that never comes up or refuses", async () => {
  let loading = true;
  const page = (response: ServerResponse, body: Record<string, unknown>) => {
    const [status, document] = LOADING;
    if (!loading && typeof PAGES.ollama["POST /v1/chat/completions"] === "function") {
      return PAGES.ollama["POST /v1/chat/completions"](response, body);
    }
    response.writeHead(status, { "content-type": "application/json" });
    response.end(JSON.stringify(document));
  };
  await using slow = await standIn({ "POST /v1/chat/completions": page });
  await using wrong = await standIn({}, [404, { error: { message: "model not found" } }]);
  await using on = stage();
  const at = (port: number) => ({
    preset: "llama-cpp",
    baseUrl: `http://127.0.0.1:${port}/v1`,
    models: { "*": "m" },
    warm: true,
  });
  on.servers.warm(configured({ slow: at(slow.port), wrong: at(wrong.port), gone: at(9) }));
  await expect.poll(() => on.clock.pendingTimers, PATIENCE).toBe(1);
  expect(on.told()).toEqual([]);
  loading = false;
  // The pause, while no request runs.
  await expect.poll(() => on.clock.advance(WARM_PAUSE_MS).then(on.told), PATIENCE).toContain("server-warm slow m");
  await expect.poll(on.told, PATIENCE).toContain("server-not-warm wrong m");
  await expect
    .poll(() => on.clock.advance(WARM_PATIENCE_MS / 10).then(on.told), PATIENCE)
    .toContain("server-not-warm gone m");
});

test("gives up what is loading when the gateway closes", async () => {
  await using hanging = await standIn({ "POST /v1/chat/completions": () => undefined });
  await using on = stage();
  const baseUrl = `http://127.0.0.1:${hanging.port}/v1`;
  on.servers.warm(configured({ box: { preset: "vllm", baseUrl, models: { "*": "m" }, warm: true } }));
  await expect.poll(() => hanging.bodies.length, PATIENCE).toBe(1);
  await on.servers.close();
  expect(on.told()).toEqual([]);
  expect(on.clock.pendingTimers).toBe(0);
});
