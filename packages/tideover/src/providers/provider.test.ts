import { expect, test } from "vitest";
import { defineProvider, limitsFor, modelFacts, upstreamModel, urlFor } from "./provider.ts";
import { type ProviderSettings, ProviderSettingsError } from "./provider-settings.ts";

const define = (settings: ProviderSettings) => defineProvider("main", settings);
const deepseekAt = (baseUrl: string) => define({ preset: "deepseek", apiKey: "key", baseUrl });

test.each([
  [undefined, "https://api.deepseek.com/chat/completions", "https://api.deepseek.com/beta/chat/completions"],
  [
    "https://api.deepseek.com/v1",
    "https://api.deepseek.com/v1/chat/completions",
    "https://api.deepseek.com/beta/chat/completions",
  ],
  [
    "https://api.deepseek.com/v1/",
    "https://api.deepseek.com/v1/chat/completions",
    "https://api.deepseek.com/beta/chat/completions",
  ],
  [
    "https://api.deepseek.com/beta",
    "https://api.deepseek.com/beta/chat/completions",
    "https://api.deepseek.com/beta/chat/completions",
  ],
  ["http://[::1]:8787/ds/v1", "http://[::1]:8787/ds/v1/chat/completions", "http://[::1]:8787/ds/beta/chat/completions"],
])("DeepSeek at %s", (baseUrl, usual, beta) => {
  const definition = define({ preset: "deepseek", apiKey: "key", baseUrl });
  expect(urlFor(definition, "chat", { beta: false })).toBe(usual);
  expect(urlFor(definition, "chat", { beta: true })).toBe(beta);
});

test("a host without a beta path has one address for each operation", () => {
  const definition = define({ preset: "openai-compatible", baseUrl: "http://127.0.0.1:8000/v1" });
  expect(urlFor(definition, "chat", { beta: true })).toBe("http://127.0.0.1:8000/v1/chat/completions");
  expect(urlFor(definition, "fim", { beta: true })).toBe("http://127.0.0.1:8000/v1/completions");
  expect(urlFor(definition, "embeddings", { beta: false })).toBe("http://127.0.0.1:8000/v1/embeddings");
});

test.each<[string, ProviderSettings, string, RegExp]>([
  ["an unknown preset", { preset: "deepsek", apiKey: "k" }, "preset", /no preset "deepsek"\. Known are: deepseek, /],
  ["no key", { preset: "deepseek" }, "apiKey", /"main": DeepSeek needs a key; .*DEEPSEEK_API_KEY/],
  ["an empty key", { preset: "deepseek", apiKey: "" }, "apiKey", /apiKey is empty/],
  ["a key with a line break", { preset: "deepseek", apiKey: "sk-a\n" }, "apiKey", /line break/],
  ["an empty one of several keys", { preset: "deepseek", apiKeys: ["a", " "] }, "apiKeys[1]", /apiKeys\[1\] is empty/],
  ["no base URL", { preset: "openai-compatible" }, "baseUrl", /no address of its own; set baseUrl/],
  ["a placeholder", { preset: "bedrock", apiKey: "k" }, "baseUrl", /placeholder \{region\}; give it filled in/],
  ["no URL", { preset: "ollama", baseUrl: "localhost" }, "baseUrl", /"localhost" is not a URL/],
  ["another scheme", { preset: "ollama", baseUrl: "ftp://x/v1" }, "baseUrl", /must begin with https/],
  ["a password", { preset: "ollama", baseUrl: "http://u:p@x/v1" }, "baseUrl", /must not hold a user name/],
  ["a query", { preset: "ollama", baseUrl: "http://x/v1?a=b" }, "baseUrl", /query/],
  ["a whole path", { preset: "ollama", baseUrl: "http://x/v1/chat/completions" }, "baseUrl", /before \/chat/],
  ["a bad header name", { preset: "ollama", headers: { "a b": "c" } }, "headers.a b", /not a header name/],
  ["a header of ours", { preset: "ollama", headers: { Host: "c" } }, "headers.Host", /set by Tideover/],
  ["a header with a line break", { preset: "ollama", headers: { a: "b\r\nc: d" } }, "headers.a", /line break/],
])("%s is refused in words that help", (_what, settings, setting, message) => {
  const act = () => define(settings);
  expect(act).toThrow(ProviderSettingsError);
  expect(act).toThrow(message);
  expect(act).toThrow(expect.objectContaining({ provider: "main", setting }));
});

test("several keys are several accounts, unless they belong to one", () => {
  const several = define({ preset: "deepseek", apiKeys: ["a", "b", "a"] });
  expect(several.accounts).toEqual([
    { id: "main#1", apiKey: "a", quota: "main#1" },
    { id: "main#2", apiKey: "b", quota: "main#2" },
  ]);
  const same = define({ preset: "deepseek", apiKeys: ["a", "b"], sameAccount: true });
  expect(same.accounts.map((account) => account.quota)).toEqual(["main", "main"]);
  expect(define({ preset: "ollama" }).accounts).toEqual([{ id: "main", apiKey: undefined, quota: "main" }]);
});

test("settings are laid over the preset", () => {
  expect(define({ preset: "ollama" })).toMatchObject({ degraded: true, upstream: "stream" });
  expect(define({ preset: "ollama", degraded: false, upstream: "mirror" })).toMatchObject({
    degraded: false,
    upstream: "mirror",
  });
  expect(define({ preset: "openai-compatible", baseUrl: "http://x/v1" })).toMatchObject({
    degraded: false,
    upstream: "mirror",
  });
  expect(define({ preset: "ollama", continuation: "message-prefix" }).continuation.mode).toBe("message-prefix");
});

test("a model name is mapped by the configuration, its star included, and only then by the catalogue", () => {
  const ark = define({ preset: "volcengine", apiKey: "k", models: { "deepseek-flash": "ep-1", "*": "ep-rest" } });
  expect(upstreamModel(ark, "deepseek-flash")).toBe("ep-1");
  expect(upstreamModel(ark, "deepseek-v4-pro")).toBe("ep-rest");
  const plain = define({ preset: "volcengine", apiKey: "k", models: { "deepseek-flash": "ep-1" } });
  expect(upstreamModel(plain, "deepseek-v4-pro")).toBe("deepseek-v4-pro-ga-260813");
  expect(upstreamModel(deepseekAt("http://x"), "gpt-7")).toBe("gpt-7");
  expect(upstreamModel(deepseekAt("http://x"), "constructor")).toBe("constructor");
});

test("the figures of a model are found through the caller's name for it", () => {
  const deepseek = deepseekAt("https://api.deepseek.com");
  expect(limitsFor(deepseek, "deepseek-flash").concurrency).toBe(2_500);
  expect(limitsFor(deepseek, "deepseek-v4-pro").concurrency).toBe(500);
  expect(modelFacts(deepseek, "deepseek-chat")?.id).toBe("deepseek-flash");
  expect(modelFacts(deepseek, "gpt-7")).toBeUndefined();
  expect(limitsFor(define({ preset: "ollama" }), "x")).toEqual({});
});
