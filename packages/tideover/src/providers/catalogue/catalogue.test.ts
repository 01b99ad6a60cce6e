import { describe, expect, test } from "vitest";
import { defineProvider } from "../provider.ts";
import { normaliseBaseUrl } from "../provider-url.ts";
import { findPreset, listPresets } from "./index.ts";
import { CONTINUATION_MODES } from "./preset.ts";

const presets = listPresets();

test("names are unique, and each is found by its name", () => {
  const names = presets.map((entry) => entry.preset);
  expect(new Set(names).size).toBe(names.length);
  for (const entry of presets) expect(findPreset(entry.preset)).toBe(entry);
  expect(findPreset("nobody")).toBeUndefined();
});

test("DeepSeek comes first", () => {
  expect(presets[0]?.preset).toBe("deepseek");
});

test("a key in the environment belongs to one host only", () => {
  const variables = presets.flatMap((entry) => entry.apiKeyEnvironment);
  expect(new Set(variables).size).toBe(variables.length);
});

describe.each(presets.map((entry) => [entry.preset, entry] as const))("%s", (_name, entry) => {
  test("has a name of the usual form and a title", () => {
    expect(entry.preset).toMatch(/^[a-z0-9]+(-[a-z0-9]+)*$/);
    expect(entry.title).not.toBe("");
  });

  test("has a base URL that can be used, once its placeholders are filled", () => {
    if (entry.baseUrl === undefined) return;
    const filled = entry.baseUrl.replace(/\{[a-z]+\}/g, "x");
    expect(normaliseBaseUrl(filled)).toEqual({ baseUrl: filled });
    if (!entry.local) expect(filled).toMatch(/^https:/);
  });

  test("says where its key comes from, if it needs one", () => {
    expect(entry.apiKeyEnvironment.length > 0).toBe(entry.auth !== "none");
    for (const variable of entry.apiKeyEnvironment) expect(variable).toMatch(/^[A-Z][A-Z0-9_]*$/);
  });

  test("gives each name to one model only", () => {
    const names = entry.models.flatMap((model) => [model.id, ...(model.aliases ?? [])]);
    expect(new Set(names).size).toBe(names.length);
  });

  test("has sane figures", () => {
    expect(CONTINUATION_MODES).toContain(entry.continuation.mode);
    const figures = [entry.limits, ...entry.models.map((model) => model.limits ?? {})].flatMap(Object.values);
    for (const figure of figures) expect(figure).toBeGreaterThan(0);
    for (const model of entry.models) {
      if (model.contextTokens === undefined) continue;
      expect(model.contextTokens).toBeGreaterThanOrEqual(model.maxOutputTokens ?? 1);
    }
    for (const { prices } of entry.models) {
      if (prices === undefined) continue;
      const { offPeak, peak = offPeak } = prices;
      expect(offPeak.cacheHit).toBeLessThanOrEqual(offPeak.input);
      expect(offPeak.input).toBeLessThanOrEqual(offPeak.output);
      expect(peak.output).toBeGreaterThanOrEqual(offPeak.output);
    }
  });

  test("asks for usage if it reads answers as streams", () => {
    if (entry.upstream === "stream") expect(entry.streamsUsage).toBe(true);
  });

  test("has error rules that test something", () => {
    for (const rule of entry.errorRules) {
      expect([rule.status, rule.type, rule.code, rule.message].some((condition) => condition !== undefined)).toBe(true);
    }
  });

  test("makes a provider", () => {
    const baseUrl = entry.baseUrl?.replace(/\{[a-z]+\}/g, "x") ?? "http://127.0.0.1:8000/v1";
    expect(defineProvider("p", { preset: entry.preset, baseUrl, apiKey: "key" }).preset).toBe(entry);
  });
});
