import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { startUpstreamServer } from "@tideover/simulator";
import { expect, test } from "vitest";
import type { HistoryAnswer } from "../../packages/gateway/src/admin/history-types.ts";
import { temporaryFolder } from "../../packages/gateway/src/stores/embedded/testing/temporary-folder.ts";
import { MortalGateway } from "../jobs/mortal-gateway.ts";

/** A step of the history, in ms: the most that a killed process may lose. */
const STEP_MS = 10_000;
/** What writing a step may take on a machine that does much else, in ms. */
const WRITING_MS = 3_000;

test("a gateway that is killed keeps its history up to the last ten seconds, and goes on with it", async () => {
  using folder = temporaryFolder();
  const upstream = await startUpstreamServer({ profile: "faults" });
  const config = `server: { port: 0 }
providers:
  deepseek: { preset: deepseek, apiKey: sk-test, baseUrl: "${upstream.url}" }
routes:
  - { name: copy, model: "*", ladder: [deepseek] }
`;
  writeFileSync(join(folder.path, "tideover.yaml"), config);
  await using gateway = new MortalGateway(folder.path);
  try {
    await gateway.start();
    const sentAt: number[] = [];
    // One of the clock's tens passes meanwhile, after which what came before it is written.
    const ten = Math.ceil((Date.now() + 2_000) / STEP_MS) * STEP_MS;
    const until = ten + WRITING_MS;
    while (Date.now() < until) {
      await ask(gateway.url);
      sentAt.push(Date.now());
    }
    const killedAt = Date.now();
    await gateway.kill();
    await gateway.restart();
    const kept = await recorded(gateway.url, killedAt);
    const safe = sentAt.filter((at) => at < ten).length;
    expect(kept).toBeGreaterThanOrEqual(safe);
    expect(kept).toBeLessThanOrEqual(sentAt.length);
    expect(kept).toBeGreaterThan(0);
  } finally {
    await upstream.close();
  }
}, 120_000);

async function ask(url: string | undefined): Promise<void> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: "POST",
    headers: { "content-type": "application/json" },
    body: JSON.stringify({ model: "deepseek-chat", messages: [{ role: "user", content: "Hello" }] }),
  });
  expect(response.status).toBe(200);
  await response.arrayBuffer();
}

/** Requests that the history knows of before a moment. */
async function recorded(url: string | undefined, before: number): Promise<number> {
  const response = await fetch(`${url}/admin/api/history?from=${before - 300_000}&to=${before}&points=1500`);
  const { overall } = (await response.json()) as HistoryAnswer;
  return overall.requests.reduce<number>((sum, value) => sum + (value ?? 0), 0);
}
