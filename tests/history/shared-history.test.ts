import { writeFileSync } from "node:fs";
import { startUpstreamServer } from "@tideover/simulator";
import { describe, expect, test } from "vitest";
import type { HistoryAnswer } from "../../packages/gateway/src/admin/history-types.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { spawnCommand } from "../acceptance/spawn-command.ts";
import { hasPostgres, startPostgres } from "../harness/postgres.ts";

/** What a machine that does much else may take, in ms. */
const PATIENT = { timeout: 60_000, interval: 250 };
const ASKED = 7;

describe.runIf(hasPostgres())("a history that gateways share", () => {
  test("has the requests of both, also for a third that comes later", async () => {
    await using made = new AsyncDisposableStack();
    const server = made.use(await startPostgres());
    const address = server.newDatabase();
    const upstream = await startUpstreamServer({ profile: "calm", timeScale: 0.02 });
    made.defer(() => upstream.close());
    const start = async () => {
      const folder = made.use(temporaryFolder());
      writeFileSync(`${folder.path}/tideover.yaml`, configuration(upstream.url, address));
      return made.use(await spawnCommand(["serve", "--port", "0", "--log-level", "error"], folder.path));
    };
    const gateways = [await start(), await start()];
    const beginning = Date.now();
    for (let count = 0; count < ASKED; count++) {
      for (const { url } of gateways) expect((await ask(url, `What is ${count}?`)).status).toBe(200);
    }
    // Stopping writes the unfinished step.
    for (const gateway of gateways) {
      gateway.terminate();
      expect(await gateway.exit).toBe(0);
    }
    const third = await start();
    await expect.poll(() => recorded(third.url, beginning), PATIENT).toBe(gateways.length * ASKED);
  }, 180_000);

  test("that is away stops nobody, and is written to when it is back", async () => {
    await using made = new AsyncDisposableStack();
    const server = made.use(await startPostgres());
    const address = server.newDatabase();
    await server.kill();
    const upstream = await startUpstreamServer({ profile: "calm", timeScale: 0.02 });
    made.defer(() => upstream.close());
    const folder = made.use(temporaryFolder());
    writeFileSync(`${folder.path}/tideover.yaml`, configuration(upstream.url, address));
    const gateway = made.use(await spawnCommand(["serve", "--port", "0", "--log-level", "silent"], folder.path));
    const beginning = Date.now();
    for (let count = 0; count < ASKED; count++) expect((await ask(gateway.url, `Why ${count}?`)).status).toBe(200);
    expect((await fetch(`${gateway.url}/admin/api/history`)).status).toBe(503);
    await server.start();
    // The next step takes with it what was counted meanwhile.
    await expect.poll(() => recorded(gateway.url, beginning), PATIENT).toBe(ASKED);
  }, 180_000);
});

function ask(url: string, content: string): Promise<Response> {
  return fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "deepseek-chat", messages: [{ role: "user", content }] }),
  });
}

/** Requests that the history knows of since a moment; 0 while it cannot be read. */
async function recorded(url: string, since: number): Promise<number> {
  const response = await fetch(`${url}/admin/api/history?from=${since - 60_000}&points=1500`);
  if (!response.ok) return 0;
  const { overall } = (await response.json()) as HistoryAnswer;
  return overall.requests.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}

function configuration(upstream: string, address: string): string {
  return `stores: { history: "${address}" }
providers:
  deepseek: { preset: deepseek, apiKey: sk-test, baseUrl: "${upstream}" }
routes:
  - { name: copy, model: "*", cache: { when: never }, ladder: [deepseek] }
`;
}
