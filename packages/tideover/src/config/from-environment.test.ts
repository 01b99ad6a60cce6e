import { describe, expect, test } from "vitest";
import { configFromEnvironment, type Surroundings } from "./from-environment.ts";
import type { LoadedConfig } from "./resolve.ts";

function load(environment: Record<string, string>, surroundings?: Surroundings): LoadedConfig {
  const loaded = configFromEnvironment(environment, surroundings);
  if (loaded === undefined || "issues" in loaded) throw new Error(`refused: ${JSON.stringify(loaded)}`);
  return loaded;
}

function ladderOf({ config }: LoadedConfig): (string | undefined)[] {
  return config.routes[0]?.ladder.map((rung) => (rung.kind === "provider" ? rung.provider : rung.kind)) ?? [];
}

describe("a configuration from the environment", () => {
  test("is none without a key", () => {
    expect(configFromEnvironment({})).toBeUndefined();
    expect(configFromEnvironment({ DEEPSEEK_API_KEY: "  ", PATH: "/bin" })).toBeUndefined();
    expect(configFromEnvironment({}, { ollama: { reachable: true, models: ["deepseek-r1:1.5b"] } })).toBeUndefined();
  });

  test("asks DeepSeek first, then the others in the order of the catalogue, for every model", () => {
    const loaded = load({ OPENROUTER_API_KEY: "or", ARK_API_KEY: "ark", DEEPSEEK_API_KEY: " sk " });
    expect(ladderOf(loaded)).toEqual(["deepseek", "volcengine", "openrouter", "stale", "ticket"]);
    expect(loaded.config.routes).toMatchObject([{ name: "default", model: "*" }]);
    expect(loaded.config.providers.deepseek?.apiKeys).toEqual(["sk"]);
    expect(loaded.config.server.keys).toEqual([]);
  });

  test("warns of nothing, because nothing was written", () => {
    expect(load({ DEEPSEEK_API_KEY: "sk" }).warnings).toEqual([]);
  });

  test("tells which variable a key came from", () => {
    const { origins } = load({ ARK_API_KEY: "ark" });
    expect(origins.get("providers.volcengine.apiKeys")).toEqual({ from: "environment", variable: "ARK_API_KEY" });
    expect(origins.get("routes[0].model")).toEqual({ from: "default" });
    expect(origins.get("routes[0].deadline")).toEqual({ from: "default" });
  });

  test("leaves out hosts whose address a person must fill in", () => {
    expect(ladderOf(load({ AZURE_API_KEY: "az", DEEPSEEK_API_KEY: "sk" }))).toEqual(["deepseek", "stale", "ticket"]);
  });

  test("ends in a reachable Ollama, degraded, with a model that it has", () => {
    const keys = { DEEPSEEK_API_KEY: "sk" };
    const models = ["llama3.2:3b", "deepseek-r1:1.5b"];
    const loaded = load(keys, { ollama: { reachable: true, models } });
    expect(ladderOf(loaded)).toEqual(["deepseek", "ollama", "stale", "ticket"]);
    expect(loaded.config.providers.ollama).toMatchObject({ degraded: true, models: { "*": "deepseek-r1:1.5b" } });
    expect(ladderOf(load(keys, { ollama: { reachable: false, models } }))).toEqual(["deepseek", "stale", "ticket"]);
    expect(ladderOf(load(keys, { ollama: { reachable: true, models: [] } }))).toEqual(["deepseek", "stale", "ticket"]);
  });
});
