import { describe, expect, test } from "vitest";
import { parse } from "yaml";
import { type ImportedConfig, type ImportSource, importConfig } from "./import-config.ts";

function imported(text: string, source?: ImportSource): ImportedConfig & { readonly made: unknown } {
  const result = importConfig(text, source);
  if ("problem" in result) throw new Error(JSON.stringify(result));
  return { ...result, made: parse(result.yaml) };
}

const places = ({ leftOvers }: ImportedConfig) => leftOvers.map(({ place, reason }) => `${reason} ${place}`);

// Each derived from what the project's own documentation shows of its configuration.

describe("LiteLLM", () => {
  const DEPLOYMENTS = `
model_list:
  - model_name: chat
    litellm_params:
      model: deepseek/deepseek-chat
      api_key: os.environ/DEEPSEEK_API_KEY
  - model_name: chat
    litellm_params:
      model: azure/chat-eu
      api_base: https://eu.openai.azure.com/
      api_key: os.environ/AZURE_API_KEY_EU
      rpm: 6
  - model_name: backup
    litellm_params:
      model: openai/local-model
      api_base: http://localhost:8000/v1
      api_key: sk-inline
litellm_settings:
  drop_params: true
  num_retries: 3
  request_timeout: 10
  fallbacks: [{"chat": ["backup"]}]
  success_callback: [langfuse]
  cache: true
  cache_params: { type: redis, host: os.environ/REDIS_HOST, port: 6379, ttl: 600 }
router_settings:
  routing_strategy: least-busy
  allowed_fails: 3
  model_group_alias: { gpt-4: chat }
general_settings:
  master_key: sk-1234
  database_url: postgresql://user:password@host/db
`;

  test("deployments, fallbacks, times, cache and key", () => {
    const result = imported(DEPLOYMENTS);
    const rules = { deadline: "10s", retry: { attempts: 4 }, cache: { when: "always", fresh: "600s" } };
    expect(result.source).toBe("litellm");
    expect(result.made).toEqual({
      server: { keys: [{ name: "master", key: `\${TIDEOVER_KEY}`, tenant: "master" }] },
      providers: {
        deepseek: {
          preset: "deepseek",
          apiKey: `\${DEEPSEEK_API_KEY}`,
          models: { chat: "deepseek-flash", "gpt-4": "deepseek-flash" },
        },
        azure: {
          preset: "azure",
          baseUrl: "https://eu.openai.azure.com/openai/v1",
          apiKey: `\${AZURE_API_KEY_EU}`,
          models: { chat: "chat-eu", "gpt-4": "chat-eu" },
        },
        "openai-compatible": {
          preset: "openai-compatible",
          baseUrl: "http://localhost:8000/v1",
          apiKey: `\${OPENAI_COMPATIBLE_API_KEY}`,
          models: { chat: "local-model", backup: "local-model", "gpt-4": "local-model" },
        },
      },
      stores: { cache: `redis://\${REDIS_HOST}:6379` },
      routes: [
        { name: "chat", model: "chat", ...rules, ladder: ["deepseek", "azure", "openai-compatible"] },
        { name: "backup", model: "backup", ...rules, ladder: ["openai-compatible"] },
        { name: "gpt-4", model: "gpt-4", ...rules, ladder: ["deepseek", "azure", "openai-compatible"] },
      ],
    });
    expect(places(result)).toEqual([
      "no-counterpart model_list[1].litellm_params.rpm",
      "differs router_settings.allowed_fails",
      "differs model_list[0].litellm_params",
      "secret model_list[2].litellm_params.api_key",
      "differs router_settings.routing_strategy",
      "secret general_settings.master_key",
      "no-counterpart litellm_settings.success_callback",
      "no-counterpart general_settings.database_url",
    ]);
    expect(result.variables).toContain("REDIS_HOST");
  });

  test("no secret is in what is written or told", () => {
    const told = JSON.stringify(imported(DEPLOYMENTS));
    for (const secret of ["sk-inline", "sk-1234", "password"]) expect(told).not.toContain(secret);
  });

  test("a wildcard, local models, and a host that only speaks its own form", () => {
    const result = imported(`
model_list:
  - { model_name: "*", litellm_params: { model: "openrouter/*", api_key: os.environ/OPENROUTER_API_KEY } }
  - { model_name: llama, litellm_params: { model: ollama/llama3, api_base: "http://localhost:11434" } }
  - { model_name: claude, litellm_params: { model: anthropic/claude-3, api_key: os.environ/ANTHROPIC_API_KEY } }
  - { model_name: gem, litellm_params: { model: gemini/gemini-2, api_key: os.environ/GEMINI_API_KEY } }
`);
    expect(result.made).toMatchObject({
      providers: { openrouter: { preset: "openrouter" }, ollama: { preset: "ollama", models: { llama: "llama3" } } },
      routes: [
        { model: "llama", ladder: ["ollama"] },
        { model: "claude", ladder: ["anthropic"] },
        { model: "*", ladder: ["openrouter"] },
      ],
    });
    expect(places(result)).toEqual(["unknown-host model_list[3].litellm_params.model"]);
  });
});

describe("addresses of hosts that speak Anthropic's form", () => {
  const base = (address: string) => {
    const made = imported(`
model_list:
  - { model_name: claude, litellm_params: { model: anthropic/claude-3, api_base: "${address}", api_key: os.environ/KEY } }
`).made as { providers: Record<string, { baseUrl?: string }> };
    return made.providers.anthropic?.baseUrl;
  };

  test.each([
    ["https://proxy.example.com", "https://proxy.example.com/v1"],
    ["https://proxy.example.com/anthropic/", "https://proxy.example.com/anthropic/v1"],
    ["https://proxy.example.com/v1", "https://proxy.example.com/v1"],
    ["https://proxy.example.com/v1/messages", "https://proxy.example.com/v1"],
    ["https://api.anthropic.com", undefined],
  ])("LiteLLM adds the version to %s", (address, written) => {
    expect(base(address)).toBe(written);
  });
});

describe("Portkey", () => {
  test("a fallback over targets, one of them a group of its own", () => {
    const result = imported(
      JSON.stringify({
        strategy: { mode: "fallback", on_status_codes: [429] },
        retry: { attempts: 5, on_status_codes: [429] },
        cache: { mode: "semantic", max_age: 3_600 },
        request_timeout: 10_000,
        targets: [
          { provider: "openai", api_key: "sk-secret", override_params: { model: "gpt-4o", temperature: 0 } },
          {
            strategy: { mode: "loadbalance" },
            targets: [
              { provider: "together-ai", virtual_key: "together-1", weight: 0.7 },
              { provider: "ollama", custom_host: "http://box:11434/v1" },
              { provider: "google", virtual_key: "google-1" },
            ],
          },
        ],
        output_guardrails: [{ "default.contains": {} }],
      }),
    );
    expect(result.source).toBe("portkey");
    expect(result.made).toEqual({
      providers: {
        openai: { preset: "openai", apiKey: `\${OPENAI_API_KEY}`, models: { "*": "gpt-4o" } },
        together: { preset: "together", apiKey: `\${TOGETHER_API_KEY}` },
        ollama: { preset: "ollama", baseUrl: "http://box:11434/v1" },
      },
      routes: [
        {
          name: "default",
          model: "*",
          deadline: "10000ms",
          retry: { attempts: 6 },
          cache: { when: "always", fresh: "3600s" },
          ladder: ["openai", "together", "ollama"],
        },
      ],
    });
    expect(places(result)).toEqual([
      "no-counterpart output_guardrails",
      "no-counterpart strategy.on_status_codes",
      "no-counterpart targets[0].override_params.temperature",
      "secret targets[0].api_key",
      "differs targets[1].strategy.mode",
      "differs targets[1].targets[0].weight",
      "secret targets[1].targets[0].virtual_key",
      "unknown-host targets[1].targets[2].provider",
      "differs cache.mode",
    ]);
    expect(result.yaml).not.toContain("sk-secret");
  });

  test("a single provider", () => {
    expect(imported('{"provider":"deepseek","api_key":"x"}').made).toMatchObject({
      routes: [{ ladder: ["deepseek"] }],
    });
  });
});

describe("one-api", () => {
  test("channels by priority, their models and their mapping", () => {
    const channel = { status: 1, group: "default", weight: 0, priority: 0, key: "sk-secret" };
    const result = imported(
      JSON.stringify({
        success: true,
        data: [
          { ...channel, name: "ark", type: 40, models: "deepseek-chat", model_mapping: '{"deepseek-chat":"ep-1"}' },
          {
            ...channel,
            name: "main",
            type: 36,
            base_url: "https://api.deepseek.com",
            models: "deepseek-chat,deepseek-reasoner",
            priority: 5,
          },
          { ...channel, name: "box", type: 8, base_url: "http://box:8000", models: "deepseek-chat", group: "vip" },
          { ...channel, name: "old", type: 1, models: "gpt-3.5-turbo", status: 2 },
          { ...channel, name: "gem", type: 24, models: "gemini-2" },
        ],
      }),
    );
    expect(result.source).toBe("one-api");
    expect(result.made).toEqual({
      providers: {
        deepseek: { preset: "deepseek", apiKey: `\${DEEPSEEK_API_KEY}` },
        volcengine: { preset: "volcengine", apiKey: `\${VOLCENGINE_API_KEY}`, models: { "deepseek-chat": "ep-1" } },
        "openai-compatible": {
          preset: "openai-compatible",
          baseUrl: "http://box:8000/v1",
          apiKey: `\${OPENAI_COMPATIBLE_API_KEY}`,
        },
      },
      routes: [
        { name: "deepseek-chat", model: "deepseek-chat", ladder: ["deepseek", "volcengine", "openai-compatible"] },
        { name: "deepseek-reasoner", model: "deepseek-reasoner", ladder: ["deepseek"] },
      ],
    });
    expect(places(result)).toEqual([
      "no-counterpart channels[2] (box).group",
      "disabled channels[3] (old)",
      "unknown-host channels[4] (gem).type",
      "secret channels[1] (main).key",
      "secret channels[0] (ark).key",
      "secret channels[2] (box).key",
    ]);
  });
});

test.each([
  ["{", "unreadable"],
  ["port: 1", "unknown-source"],
  ["[]", "unknown-source"],
  ["model_list: []", "nothing-left"],
  ["model_list: [{ model_name: c, litellm_params: { model: gemini/c } }]", "nothing-left"],
])("%s is %s", (text, problem) => {
  expect(importConfig(text)).toMatchObject({ problem });
});
