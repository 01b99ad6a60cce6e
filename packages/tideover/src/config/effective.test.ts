import { describe, expect, test } from "vitest";
import { type ConfigSection, explainConfig, maskSecret } from "./effective.ts";
import type { SourceMap } from "./origins.ts";
import { type LoadedConfig, resolveConfig } from "./resolve.ts";

function load(input: unknown, source?: SourceMap): LoadedConfig {
  const loaded = resolveConfig(input, source);
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  return loaded;
}

function sectionOf(loaded: LoadedConfig, section: ConfigSection["section"], name = ""): ConfigSection {
  const found = explainConfig(loaded.config, loaded.origins).find(
    (part) => part.section === section && part.name === name,
  );
  if (found === undefined) throw new Error(`there is no section ${section} ${name}`);
  return found;
}

/** `value <- origin` by setting. */
function table(section: ConfigSection): Record<string, string> {
  return Object.fromEntries(
    section.values.map(({ setting, value, origin, active }) => [
      setting,
      `${value} <- ${origin}${active ? "" : " (not active)"}`,
    ]),
  );
}

const PROVIDERS = { deepseek: { preset: "deepseek", apiKey: "sk-0123456789abcdef" } };

describe("effective values", () => {
  test("of a route name the ladder and every value with its origin", () => {
    const loaded = load({
      providers: PROVIDERS,
      routes: [
        {
          name: "copy",
          model: "deepseek-*",
          firstToken: "10s",
          retry: { jitter: "10%", budget: "off" },
          hedge: "off",
          minRate: "2/s",
          ladder: ["stale", "deepseek", { rules: [{ when: "true", answer: "a" }] }, { template: { text: "t" } }],
        },
      ],
    });
    const route = sectionOf(loaded, "route", "copy");
    expect(route).toMatchObject({ model: "deepseek-*", ladder: ["stale", "deepseek", "rules", "template"] });
    expect(table(route)).toEqual({
      name: "copy <- code",
      model: "deepseek-* <- code",
      deadline: "2m <- default",
      connect: "5s <- default",
      firstToken: "10s <- code",
      gap: "45s <- default",
      total: "30m <- default",
      minRate: "2/s <- code",
      "cache.fresh": "1h <- default",
      "cache.stale": "7d <- default",
      "cache.when": "deterministic <- default",
      "cache.pace": "0s <- default",
      "cache.also": "none <- default",
      "cache.tags": "none <- default",
      "retry.attempts": "3 <- default",
      "retry.same": "when-last <- default",
      "retry.baseDelay": "500ms <- default",
      "retry.maxDelay": "20s <- default",
      "retry.jitter": "10% <- code",
      "retry.budget": "off <- code",
      hedge: "off <- code",
      resume: "auto <- default",
      "ladder[0]": "stale <- code",
      "ladder[1]": "deepseek <- code",
      "ladder[2]": "rules: 1 rule <- code",
      "ladder[3]": 'template: "t" <- code',
    });
  });

  test("of a provider tell what its preset gave", () => {
    const loaded = load({
      providers: { deepseek: { ...PROVIDERS.deepseek, breaker: "off", models: { "gpt-4.1": "deepseek-flash" } } },
      routes: [{ model: "*", ladder: ["deepseek"] }],
    });
    expect(table(sectionOf(loaded, "provider", "deepseek"))).toMatchObject({
      preset: "deepseek <- code",
      apiKeys: "set, ends in cdef <- code",
      baseUrl: "https://api.deepseek.com <- preset deepseek",
      upstream: "stream <- preset deepseek",
      'models["gpt-4.1"]': "deepseek-flash <- code",
      breaker: "off <- code",
      "limit.concurrency": "auto <- default",
    });
  });

  test("hold no secret", () => {
    const secrets = [
      "sk-provider-0123456789",
      "caller-secret-0123456789",
      "admin-secret-0123456789",
      "hunter2",
      "x-secret",
    ];
    const loaded = load({
      server: {
        keys: [{ name: "shop", key: secrets[1] }],
        adminKey: secrets[2],
        proxy: `http://user:${secrets[3]}@proxy.example:3128`,
      },
      stores: { jobs: `postgres://user:${secrets[3]}@localhost/tideover?password=${secrets[3]}` },
      providers: { deepseek: { preset: "deepseek", apiKey: secrets[0], headers: { "x-token": secrets[4] } } },
      routes: [{ model: "*", ladder: ["deepseek"] }],
    });
    const sections = explainConfig(loaded.config, loaded.origins);
    const printed = JSON.stringify(sections);
    for (const secret of secrets) expect(printed).not.toContain(secret);
    expect(table(sectionOf(loaded, "server"))).toMatchObject({
      "keys[0].key": "set, ends in 6789 <- code",
      "keys[0].tenant": "shop <- default",
      proxy: "http://***@proxy.example:3128/ <- code",
      "limits.body": "32MiB <- default",
      "limits.headers": "32KiB <- default",
    });
    expect(table(sectionOf(loaded, "stores"))).toEqual({
      jobs: "postgres://***@localhost/tideover <- code",
    });
    expect(table(sectionOf(loaded, "provider", "deepseek"))).toMatchObject({ "headers.x-token": "set <- code" });
  });
});

test.each([
  ["short", "set"],
  ["exactly-15-char", "set"],
  ["sk-0123456789abcdef", "set, ends in cdef"],
  [`sha256:${"0".repeat(64)}`, "set (hash)"],
])("of the secret %s is shown: %s", (secret, expected) => {
  expect(maskSecret(secret)).toBe(expected);
});
