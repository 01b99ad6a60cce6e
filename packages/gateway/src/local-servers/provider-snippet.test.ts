import { resolveConfig } from "tideover/config";
import { expect, test } from "vitest";
import { parse } from "yaml";
import type { LocalServer } from "./local-server.ts";
import { providerSnippet } from "./provider-snippet.ts";

const server = (preset: string, port: number, more: Partial<LocalServer> = {}): LocalServer => ({
  preset,
  title: preset,
  baseUrl: `http://127.0.0.1:${port}/${preset === "kserve" ? "v2" : "v1"}`,
  state: "ready",
  models: [],
  ...more,
});

test("each server becomes a provider, with the model that is in memory, and all of it can be used as it is", () => {
  const models = [
    { id: "a", loaded: false },
    { id: "b", loaded: true, contextTokens: 4_096 },
  ];
  const snippet = providerSnippet([
    server("ollama", 11434, { models }),
    server("vllm", 8000, { models: [{ id: "q" }, { id: "x/DeepSeek-V3" }] }),
    server("vllm", 8001, { models: [{ id: "q" }] }),
    server("kserve", 8002),
  ]);
  const { providers } = parse(snippet);
  expect(providers).toEqual({
    ollama: { preset: "ollama", models: { "*": "b" }, contextTokens: 4_096 },
    vllm: { preset: "vllm", degraded: true, models: { "*": "x/DeepSeek-V3" } },
    "vllm-2": { preset: "vllm", baseUrl: "http://127.0.0.1:8001/v1", degraded: true, models: { "*": "q" } },
    kserve: { preset: "kserve", baseUrl: "http://127.0.0.1:8002/v2", degraded: true, promptTemplate: "chatml" },
  });
  const loaded = resolveConfig({ providers, routes: [{ model: "*", ladder: Object.keys(providers) }] });
  expect("issues" in loaded ? loaded.issues : []).toEqual([]);
});
