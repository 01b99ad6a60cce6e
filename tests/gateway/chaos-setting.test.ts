import { type ResolvedConfig, resolveConfig } from "tideover/config";
import type { JsonObject } from "tideover/engine";
import { VirtualClock } from "tideover/testing";
import { expect, test } from "vitest";
import { recordingLog } from "../harness/recording-log.ts";
import { textOf, virtualStage, virtualUrl } from "../harness/virtual-stage.ts";

const HOUR_MS = 3_600_000;
const body: JsonObject = { model: "sim-chat", messages: [{ role: "user", content: "Hello sim_output_tokens=10" }] };
const startedAt = new VirtualClock().wallTime();

function configOf(chaos?: object): ResolvedConfig {
  const provider = (name: string) => ({ preset: "deepseek", baseUrl: virtualUrl(name), apiKey: "sk-test" });
  const input = {
    providers: { first: provider("first"), second: provider("second") },
    routes: [{ model: "*", ladder: ["first", "second"] }],
    ...(chaos === undefined ? {} : { chaos }),
  };
  const resolved = resolveConfig(input, undefined, startedAt);
  if ("issues" in resolved) throw new Error(JSON.stringify(resolved.issues));
  return resolved.config;
}

const GAME_DAY = {
  share: "50%",
  until: new Date(startedAt + HOUR_MS).toISOString(),
  providers: ["first"],
  faults: { failure: ["overloaded", "fault"] },
};

function open(config: ResolvedConfig) {
  const { log, entries } = recordingLog();
  const on = virtualStage(config, { first: {}, second: {} }, log);
  const ask = async (headers: Record<string, string> = {}) => {
    const response = await on.clock.run(on.post(body, headers));
    const told = JSON.parse(await on.clock.run(textOf(response)));
    if (response.status !== 200) throw new Error(JSON.stringify(told));
    return { status: response.status, attempts: told.tideover.attempts as { provider: string; chaos?: string }[] };
  };
  const askMany = async (count: number, headers?: Record<string, string>) => {
    const all = [];
    for (let i = 0; i < count; i++) {
      all.push(await ask(headers));
      await on.clock.advance(10_000);
    }
    return all;
  };
  const logged = (event: string) => entries.filter(({ fields }) => fields.event === event);
  return { ...on, askMany, logged };
}

const hits = (asked: readonly { attempts: readonly { chaos?: string }[] }[]) =>
  asked.filter(({ attempts }) => attempts.some(({ chaos }) => chaos !== undefined)).length;

test("a share of the attempts is hit, every call is answered, and the log and the answers say so", async () => {
  const { askMany, logged } = open(configOf(GAME_DAY));
  expect(logged("chaos-on")).toEqual([
    expect.objectContaining({
      level: "warn",
      message: expect.stringMatching(/^Chaos is on: .* 50% .* at first until/),
    }),
  ]);
  const asked = await askMany(100);
  expect(asked.filter(({ status }) => status !== 200)).toEqual([]);
  expect(hits(asked)).toBeGreaterThan(20);
  expect(hits(asked)).toBeLessThan(70);
  expect(asked.flatMap(({ attempts }) => attempts).some(({ provider, chaos }) => provider === "second" && chaos)).toBe(
    false,
  );
  expect(logged("chaos-injected")).toHaveLength(hits(asked));
});

test("it ends by itself", async () => {
  const { askMany, clock } = open(configOf(GAME_DAY));
  await clock.advance(HOUR_MS);
  expect(hits(await askMany(50))).toBe(0);
});

test("a reload switches it on and off, and says so", async () => {
  const { askMany, gateway, logged } = open(configOf());
  expect(hits(await askMany(20))).toBe(0);
  expect(logged("chaos-on")).toHaveLength(0);
  gateway.reload(configOf(GAME_DAY));
  expect(logged("chaos-on")).toHaveLength(1);
  expect(hits(await askMany(50))).toBeGreaterThan(5);
  gateway.reload(configOf());
  expect(hits(await askMany(20))).toBe(0);
});
