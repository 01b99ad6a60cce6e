import { expect, test } from "vitest";
import { explainConfig } from "./effective.ts";
import { formatIssue } from "./issues.ts";
import { resolveConfig } from "./resolve.ts";

const withProvider = (settings: object, route: object = {}) =>
  resolveConfig({ providers: { box: settings }, routes: [{ model: "*", ladder: ["box"], ...route }] });

function load(settings: object, route: object = {}) {
  const loaded = withProvider(settings, route);
  if ("issues" in loaded) throw new Error(loaded.issues.map((issue) => formatIssue(issue)).join("\n"));
  return loaded;
}

function problems(settings: object, route: object = {}): string[] {
  const loaded = withProvider(settings, route);
  return "issues" in loaded ? loaded.issues.map((issue) => formatIssue(issue)) : [];
}

test("what a server lacks is added to what its preset says, and the context is the server's own", () => {
  const { config, origins } = load(
    { preset: "ollama", lacks: ["tools"], contextTokens: 4_096 },
    { longPrompt: "shorten" },
  );
  expect(config.providers.box).toMatchObject({ lacks: ["tools"], contextTokens: 4_096 });
  expect(config.routes[0]?.longPrompt).toBe("shorten");
  const shown = explainConfig(config, origins).flatMap(({ values }) => values);
  expect(shown.map(({ setting, value, from }) => `${setting} ${value} ${from}`)).toEqual(
    expect.arrayContaining(["lacks tools code", "contextTokens 4096 code", "longPrompt shorten code"]),
  );
});

test("a server's models may be wanted in memory, and long conversations in a summary", () => {
  const models = { "*": "qwen2.5:0.5b" };
  const { config } = load({ preset: "ollama", models, warm: true }, { longPrompt: "summarise" });
  expect(config.providers.box?.warm).toBe(true);
  expect(config.routes[0]?.longPrompt).toBe("summarise");
  const own = { preset: "openai-compatible", baseUrl: "http://127.0.0.1:8000/v1", models };
  expect(load({ ...own, warm: true }).config.providers.box?.warm).toBe(true);
  expect(load(own).config.providers.box).not.toHaveProperty("warm");
});

test("a server that takes one text lacks much, and has a template", () => {
  const { config, origins } = load({ preset: "kserve", promptTemplate: "llama-3" });
  expect(config.providers.box).toMatchObject({
    baseUrl: "http://localhost:8000/v2",
    promptTemplate: "llama-3",
    lacks: ["tools", "images", "audio", "json", "schema", "choices", "logprobs"],
  });
  const shown = explainConfig(config, origins).flatMap(({ values }) => values);
  expect(shown.find(({ setting }) => setting === "lacks")?.from).toBe("preset");
  expect(load({ preset: "kserve" }).config.providers.box?.promptTemplate).toBe("chatml");
  expect(load({ preset: "vllm" }).config.providers.box).not.toHaveProperty("promptTemplate");
});

test("what makes no sense is named with its place", () => {
  expect(problems({ preset: "ollama", promptTemplate: "chatml" })).toEqual([
    "providers.box.promptTemplate: is for the preset kserve only; this one takes messages",
  ]);
  expect(problems({ preset: "onnx", model: "a/b", contextTokens: 100 })).toEqual([
    "providers.box.contextTokens: is inProcess.contextTokens for a model in this process",
  ]);
  expect(problems({ preset: "ollama", lacks: ["speech"] })[0]).toMatch(/^providers\.box\.lacks\[0\]: /);
  expect(problems({ preset: "ollama", contextTokens: 10 })[0]).toMatch(/^providers\.box\.contextTokens: /);
  expect(problems({ preset: "deepseek", apiKey: "sk", models: { "*": "m" }, warm: true })).toEqual([
    "providers.box.warm: is for a server of your own; this host has its models in memory",
  ]);
  expect(problems({ preset: "onnx", model: "a/b", warm: true })).toEqual([
    "providers.box.warm: is inProcess.warm for a model in this process",
  ]);
  expect(problems({ preset: "ollama", warm: true })).toEqual([
    'providers.box.warm: needs to know which models to load; name them, such as models: { "*": "qwen2.5:0.5b" }',
  ]);
  expect(problems({ preset: "ollama" }, { longPrompt: "cut" })[0]).toMatch(/^routes\[0\]\.longPrompt: /);
});
