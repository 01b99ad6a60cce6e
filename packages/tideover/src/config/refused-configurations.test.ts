import { describe, expect, test } from "vitest";
import { minimal, problems } from "./testing/configurations.ts";

describe("what cannot be used is refused with words that help", () => {
  const route = { model: "*", ladder: ["deepseek"] };
  const cases: [string, unknown, string[]][] = [
    ["nothing", undefined, ["is missing"]],
    ["no routes", {}, ["routes: is missing"]],
    ["an empty list of routes", { routes: [] }, ["routes: must have at least 1 entry"]],
    ["a list", [], ["must be a mapping (key: value), got a list"]],
    [
      "an unknown section",
      { ...minimal(), server: {}, sever: {} },
      ["unknown key `sever` at the top; did you mean `server`?"],
    ],
    [
      "a slip",
      minimal({ retry: { attemps: 3 } }),
      ["routes[0].retry: unknown key `attemps`; did you mean `attempts`?"],
    ],
    [
      "a setting in the wrong place",
      minimal({ breaker: { consecutive: 3 } }),
      ["routes[0]: unknown key `breaker`; it belongs under providers.<name>"],
    ],
    [
      "a key like no other",
      minimal({ retry: { zzz: 1 } }),
      ["routes[0].retry: unknown key `zzz`; known here: attempts, same, baseDelay, maxDelay, jitter, budget"],
    ],
    [
      "a number without unit",
      minimal({ deadline: 60 }),
      ['routes[0].deadline: "60" is not a duration; write a number with a unit, such as 200ms, 30s, 5m, 1h or 7d'],
    ],
    [
      "a fixed limit over the largest",
      {
        ...minimal(),
        providers: { deepseek: { preset: "deepseek", apiKey: "k", limit: { concurrency: 600, max: 500 } } },
      },
      [
        "providers.deepseek.limit.max: must not be smaller than concurrency, which is 600; leave it out, or write concurrency: auto",
      ],
    ],
    ["no time at all", minimal({ deadline: "0s" }), ['routes[0].deadline: "0s" must be longer than zero']],
    [
      "text for a number",
      minimal({ retry: { attempts: "3" } }),
      ["routes[0].retry.attempts: must be a number, got text"],
    ],
    [
      "a part of a number",
      minimal({ retry: { attempts: 1.5 } }),
      ["routes[0].retry.attempts: must be a whole number, got 1.5"],
    ],
    [
      "a number out of range",
      minimal({ retry: { attempts: 0 } }),
      ["routes[0].retry.attempts: must be 1 or more, got 0"],
    ],
    [
      "a word that is not one of the choices",
      minimal({}, { upstream: "steam" }),
      ['providers.deepseek.upstream: must be stream or mirror, got "steam"; did you mean `stream`?'],
    ],
    [
      "another kind of value for a group",
      minimal({}, { breaker: 5 }),
      ["providers.deepseek.breaker: must be off or a mapping (key: value), got 5"],
    ],
    [
      "a wrong word for a group",
      minimal({ hedge: "of" }),
      ['routes[0].hedge: must be off or a mapping (key: value), got "of"; did you mean `off`?'],
    ],
    [
      "an unknown jitter",
      minimal({ retry: { jitter: "some" } }),
      ['routes[0].retry.jitter: "some" is not a jitter; write full, decorrelated, none or a share such as 10%'],
    ],
    [
      "delays the wrong way round",
      minimal({ retry: { baseDelay: "10s", maxDelay: "5s" } }),
      ["routes[0].retry.maxDelay: must not be shorter than baseDelay, which is 10s"],
    ],
    [
      "a first delay above the default's longest",
      minimal({ retry: { baseDelay: "30s" } }),
      ["routes[0].retry.baseDelay: must not be longer than maxDelay, which is 20s by default; set maxDelay too"],
    ],
    [
      "breaker times the wrong way round",
      minimal({}, { breaker: { open: "1m", maxOpen: "30s" } }),
      ["providers.deepseek.breaker.maxOpen: must not be shorter than open, which is 1m"],
    ],
    [
      "an unknown preset",
      minimal({}, { preset: "depseek" }),
      ["providers.deepseek.preset: unknown preset `depseek`; did you mean `deepseek`?"],
    ],
    ["an empty key", minimal({}, { apiKey: "" }), ["providers.deepseek.apiKey: must not be empty"]],
    ["a blank key", minimal({}, { apiKey: "  " }), ["providers.deepseek.apiKey: apiKey is empty"]],
    [
      "the same key twice",
      { ...minimal(), providers: { deepseek: { preset: "deepseek", apiKeys: ["k1", "k1"] } } },
      ["providers.deepseek.apiKeys[1]: is the same key as apiKeys[0]; give each key once"],
    ],
    [
      "one key and several",
      minimal({}, { apiKeys: ["other"] }),
      ["providers.deepseek: has both apiKey and apiKeys; put all keys in apiKeys"],
    ],
    [
      "a provider named as a rung",
      { providers: { template: { preset: "ollama" } }, routes: [route] },
      [
        "providers.template: `template` is the name of a rung; choose another name",
        "routes[0].ladder[0]: `deepseek` is neither a provider nor a rung; known here: template, stale, similar, rules, handler, ticket",
      ],
    ],
    [
      "an unknown rung",
      minimal({ ladder: ["deepsek"] }),
      ["routes[0].ladder[0]: `deepsek` is neither a provider nor a rung; did you mean `deepseek`?"],
    ],
    [
      "a rung with an unknown kind",
      minimal({ ladder: [{ tempate: { text: "x" } }] }),
      ["routes[0].ladder[0]: unknown key `tempate`; did you mean `template`?"],
    ],
    [
      "a rung of two kinds",
      minimal({ ladder: [{ template: { text: "x" }, ticket: {} }] }),
      ["routes[0].ladder[0]: must say exactly one of stale, similar, rules, template, ticket, got template and ticket"],
    ],
    [
      "a rung that lacks its settings",
      minimal({ ladder: ["template"] }),
      ["routes[0].ladder[0]: `template` needs settings; write template: …"],
    ],
    [
      "a rung named twice",
      minimal({ ladder: ["deepseek", "deepseek"] }),
      ["routes[0].ladder[1]: `deepseek` is on this ladder already; name it once"],
    ],
    ["an empty ladder", minimal({ ladder: [] }), ["routes[0].ladder: must have at least 1 entry"]],
    [
      "copies of what nobody answers",
      minimal({ ladder: ["stale", { template: { text: "t" } }] }),
      [
        "routes[0].ladder[0]: needs a provider on the same ladder, because copies are kept of its answers; add a provider's name",
      ],
    ],
    [
      "a similar rung without settings",
      minimal({ ladder: ["deepseek", "similar"] }),
      ["routes[0].ladder[1]: `similar` needs settings; write similar: …"],
    ],
    [
      "embeddings of nobody",
      minimal({ ladder: ["deepseek", { similar: { provider: "deepsek", model: "m" } }] }),
      [
        "routes[0].ladder[1].similar.provider: `deepsek` is not a provider; similar needs one that makes embeddings; did you mean `deepseek`?",
      ],
    ],
    [
      "a tag that cannot be sent",
      minimal({ cache: { tags: ["a b"] } }),
      ["routes[0].cache.tags[0]: must be a tag of 1 to 128 printable ASCII characters without spaces and commas"],
    ],
    [
      "two routes of one name",
      {
        ...minimal(),
        routes: [
          { ...route, name: "a" },
          { ...route, name: "a" },
        ],
      },
      ["routes[1].name: `a` is the name of routes[0] already; each route needs its own"],
    ],
    [
      "an open door",
      { ...minimal(), server: { host: "0.0.0.0" } },
      [
        "server.host: 0.0.0.0 can be reached from other machines and there are no keys, so anyone could use your accounts; add server.keys, or say server.open: true",
      ],
    ],
    [
      "a caller's key that is half a hash",
      { ...minimal(), server: { keys: [{ name: "a", key: "sha256:12" }] } },
      ["server.keys[0].key: is not a SHA-256 hash; write sha256: and 64 hex digits"],
    ],
    [
      "two callers with one key",
      {
        ...minimal(),
        server: {
          keys: [
            { name: "a", key: "k" },
            { name: "b", key: "k" },
          ],
        },
      },
      ["server.keys[1]: has the same key as server.keys[0]; each caller needs its own"],
    ],
    [
      "a key with a line break",
      { ...minimal(), server: { keys: [{ name: "a", key: "secret\n" }] } },
      ["server.keys[0].key: holds white space or characters that a header cannot carry; check how it was copied"],
    ],
    [
      "a proxy that is none",
      { ...minimal(), server: { proxy: "socks" } },
      ["server.proxy: must be environment, off or an address such as http://proxy.example:3128"],
    ],
    ["a hidden key", JSON.parse('{"routes":[{"__proto__":{"x":1}}]}'), ["routes[0]: unknown key `__proto__`"]],
  ];

  test.each(cases)("%s", (_, input, expected) => {
    expect(problems(input)).toEqual(expected);
  });

  test("a provider that needs an address or a key says so", () => {
    const provider = (settings: object) => ({ providers: { x: settings }, routes: [{ model: "*", ladder: ["x"] }] });
    expect(problems(provider({ preset: "openai-compatible" }))[0]).toMatch(/^providers\.x: .*baseUrl/);
    expect(problems(provider({ preset: "azure", apiKey: "k" }))[0]).toMatch(/^providers\.x: .*\{resource\}/);
    expect(problems(provider({ preset: "deepseek" }))[0]).toMatch(/^providers\.x: .*apiKey: "\$\{DEEPSEEK_API_KEY\}"/);
    expect(problems(provider({ preset: "ollama", baseUrl: "localhost" }))).toEqual([
      "providers.x.baseUrl: is not an address; write it as an OpenAI SDK would be given it, such as https://api.deepseek.com/v1",
    ]);
    expect(problems(provider({ preset: "ollama", headers: { host: "x" } }))[0]).toMatch(
      /^providers\.x\.headers\.host: /,
    );
    expect(problems(provider({ preset: "ollama", model: "m" }))).toEqual([
      "providers.x.model: is for the preset onnx only; model names go in models",
    ]);
  });

  test.each(["constructor", "toString", "a b", "a/b", "-x", "x".repeat(65)])(
    "a provider may not be called %j",
    (name) => {
      const input = { providers: { [name]: { preset: "ollama" } }, routes: [{ model: "*", ladder: [name] }] };
      expect(problems(input)[0]).toMatch(/is not a provider name; use up to 64 letters/);
    },
  );

  test("no key is ever repeated", () => {
    const secret = "sk-very secret";
    const input = {
      ...minimal({}, { apiKey: secret, baseUrl: `http://user:${secret}@host` }),
      server: { adminKey: secret },
    };
    expect(problems(input).join("\n")).not.toContain("very");
  });

  test("deep nesting is refused rather than followed", () => {
    let deep: unknown = {};
    for (let level = 0; level < 100_000; level++) deep = { a: deep };
    expect(problems({ routes: deep })).toEqual(["routes.a.a: is nested more than 20 levels deep"]);
  });
});
