import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { UpstreamOptions } from "@tideover/simulator";
import type { ResolvedConfig } from "tideover/config";
import { expect, test } from "vitest";
import { loadConfig } from "../../packages/gateway/src/config/index.ts";
import { chat, contentOf, errorOf } from "../harness/ask.ts";
import { textOf, type VirtualStage, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

/** The classic recipe as people have written it for years, in one file. */
const RECIPE = `
providers:
  deepseek:
    preset: deepseek
    apiKey: sk-test
    baseUrl: ${virtualUrl("deepseek")}
    breaker: { consecutive: 5, open: 30s }
routes:
  - model: "*"
    retry: { attempts: 6, same: always, baseDelay: 1s, maxDelay: 30s, jitter: 10%, budget: off }
    ladder: [deepseek]
`;

/** Reads a configuration the way the gateway does: from a file. */
async function load(yaml: string): Promise<ResolvedConfig> {
  const folder = await mkdtemp(join(tmpdir(), "tideover-"));
  try {
    const path = join(folder, "tideover.yaml");
    await writeFile(path, yaml);
    const loaded = await loadConfig(path, {});
    if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
    return loaded.config;
  } finally {
    await rm(folder, { recursive: true });
  }
}

/** A stage whose provider can be switched, with the times (ms) at which it was asked. */
async function recipe(yaml = RECIPE, more: Partial<UpstreamOptions> = {}) {
  const askedAt: number[] = [];
  const health: { fault: string | undefined } = { fault: "503" };
  const faultFor: UpstreamOptions["faultFor"] = ({ now }) => {
    askedAt.push(now);
    return health.fault;
  };
  const on = virtualStage(await load(yaml), { deepseek: { faultFor, pacing: { ttftMs: 100, jitter: 0 }, ...more } });
  return { on, askedAt, health };
}

async function answer(on: VirtualStage, body = chat("sim-chat")) {
  const response = await on.clock.run(on.post(body));
  return { status: response.status, headers: response.headers, json: JSON.parse(await on.clock.run(textOf(response))) };
}

const delaysBetween = (times: readonly number[]) => times.slice(1).map((time, index) => time - (times[index] ?? 0));

/** Every delay within 10% of the one it should be, and not all of them exactly on it. */
function expectJittered(delays: readonly number[], expected: readonly number[]): void {
  expect(delays).toHaveLength(expected.length);
  for (const [index, delay] of delays.entries()) {
    const target = expected[index] ?? 0;
    expect(Math.abs(delay - target), `delay ${index + 1} of ${delay} ms`).toBeLessThanOrEqual(target * 0.1);
  }
  expect(delays).not.toEqual(expected);
}

test("six tries after 1, 2, 4, 8 and 16 s, each 10% more or less", async () => {
  const { on, askedAt } = await recipe(RECIPE.replace("consecutive: 5", "consecutive: 50, ratio: off"));
  const { status, json } = await answer(on);
  expect(status).toBe(503);
  expect(errorOf(json).code).toBe("ladder_exhausted");
  expectJittered(delaysBetween(askedAt), [1_000, 2_000, 4_000, 8_000, 16_000]);
  expect(on.clock.pendingTimers).toBe(0);
});

test("delays are capped at 30 s", async () => {
  const yaml = RECIPE.replace("attempts: 6", "attempts: 8")
    .replace("consecutive: 5", "consecutive: 50, ratio: off")
    .replace("    ladder", "    deadline: 10m\n    ladder");
  const { on, askedAt } = await recipe(yaml);
  await answer(on);
  expectJittered(delaysBetween(askedAt), [1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000]);
});

test("the fifth failure opens the breaker, which is then closed to traffic for 30 s", async () => {
  const { on, askedAt, health } = await recipe();
  const first = await answer(on);
  expect(first.status).toBe(503);
  expectJittered(delaysBetween(askedAt), [1_000, 2_000, 4_000, 8_000]);
  const openedAt = askedAt.at(-1) ?? 0;

  // The sixth try fell into the open time, so the breaker has been open for its 16 s by now.
  const second = await answer(on);
  expect(second.status).toBe(503);
  expect(errorOf(second.json).rungs).toMatchObject([{ kind: "rejected" }]);
  expect(Number(second.headers["retry-after"])).toBeLessThanOrEqual(30);

  health.fault = undefined;
  await on.clock.advance(openedAt + 29_900 - on.clock.now());
  expect((await answer(on)).status).toBe(503);
  expect(askedAt).toHaveLength(5);

  await on.clock.advance(200);
  const third = await answer(on);
  expect(third.status).toBe(200);
  expect(third.headers["tideover-rung"]).toBe("live");
  expect(askedAt).toHaveLength(6);
});

test("a provider that comes back during the retries answers, and the failures before are forgotten", async () => {
  const { on, askedAt, health } = await recipe();
  const running = on.post(chat("sim-chat"));
  await on.clock.advance(5_000);
  expect(askedAt).toHaveLength(3);
  health.fault = undefined;
  const response = await on.clock.run(running);
  expect(response.status).toBe(200);
  expect(response.headers["tideover-attempts"]).toBe("4");

  health.fault = "503";
  await answer(on);
  expect(askedAt).toHaveLength(4 + 5);
});

test("a risk decision within 200 ms: the provider is given up in time for the rules to decide", async () => {
  const yaml = `
providers:
  deepseek: { preset: deepseek, apiKey: sk-test, baseUrl: "${virtualUrl("deepseek")}" }
routes:
  - model: "*"
    deadline: 200ms
    ladder:
      - deepseek
      - rules: [ { when: "double(metadata.amount) > 500.0", answer: review }, { when: "true", answer: accept } ]
`;
  const { on, askedAt, health } = await recipe(yaml);
  health.fault = "silence";
  const startedAt = on.clock.now();
  const { status, headers, json } = await answer(on, chat("sim-chat", { metadata: { amount: "900" } }));
  expect(on.clock.now() - startedAt).toBeLessThan(200);
  expect(status).toBe(200);
  expect(headers["tideover-rung"]).toBe("rules");
  expect(headers["tideover-degraded"]).toBe("?1");
  expect(contentOf(json)).toBe("review");
  expect(askedAt).toHaveLength(1);
  expect(on.upstreams.deepseek?.counters.inFlight).toBe(0);
  expect(on.clock.pendingTimers).toBe(0);
});
