import { describe, expect, test } from "vitest";
import { explainConfig } from "./effective.ts";
import { formatIssue } from "./issues.ts";
import { resolveConfig } from "./resolve.ts";

const resolved = (provider: object, server: object = { region: "east" }) =>
  resolveConfig({
    server,
    providers: { pool: { preset: "deepseek", ...provider } },
    routes: [{ model: "*", ladder: ["pool"] }],
  });

const said = (provider: object, server?: object): string[] => {
  const loaded = resolved(provider, server);
  return ("issues" in loaded ? loaded.issues : loaded.warnings).map((issue) => formatIssue(issue));
};

test("a pool has accounts with keys, addresses, weights and regions of their own", () => {
  const loaded = resolved({
    region: "east",
    accounts: [
      { apiKey: "sk-0123456789abcdef", weight: 3 },
      { apiKey: "sk-fedcba9876543210", baseUrl: "https://west.example/v1/", region: "west" },
    ],
  });
  if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
  expect(loaded.warnings).toEqual([]);
  expect(loaded.config.providers.pool?.definition.accounts).toEqual([
    { id: "pool#1", apiKey: "sk-0123456789abcdef", quota: "pool#1", weight: 3, region: "east" },
    {
      id: "pool#2",
      apiKey: "sk-fedcba9876543210",
      quota: "pool#2",
      baseUrl: "https://west.example/v1",
      region: "west",
    },
  ]);
  const values = explainConfig(loaded.config, loaded.origins).find(({ name }) => name === "pool")?.values ?? [];
  const shown = Object.fromEntries(values.map(({ setting, value }) => [setting, value]));
  expect(shown).toMatchObject({
    "accounts[0].apiKey": "set, ends in cdef",
    "accounts[0].weight": "3",
    "accounts[1].baseUrl": "https://west.example/v1",
    "accounts[1].weight": "1",
    "accounts[1].region": "west",
  });
  expect(JSON.stringify(values)).not.toContain("fedcba98");
});

test("a preset without an address takes those of its accounts, if all have one", () => {
  const own = { preset: "openai-compatible", region: "east" };
  expect(said({ ...own, accounts: [{ baseUrl: "http://a.test/v1" }, { baseUrl: "http://b.test/v1" }] })).toEqual([]);
  expect(said({ ...own, accounts: [{ baseUrl: "http://a.test/v1" }, { apiKey: "sk-b" }] })).toEqual([
    expect.stringMatching(/has no address of its own; set baseUrl/),
  ]);
});

describe("refused are", () => {
  test.each<[string, object, RegExp]>([
    [
      "a pool beside keys",
      { apiKey: "sk-a", accounts: [{ apiKey: "sk-b" }] },
      /^providers\.pool: has both accounts and/,
    ],
    [
      "the same account twice",
      { accounts: [{ apiKey: "sk-a" }, { apiKey: "sk-a", weight: 2 }] },
      /^providers\.pool\.accounts\[1\]: has the key and the address of accounts\[0\]/,
    ],
    [
      "an account without a key",
      { accounts: [{ apiKey: "sk-a" }, { weight: 2 }] },
      /^providers\.pool\.accounts\[1\]: .*needs a key/,
    ],
    ["an empty key", { accounts: [{ apiKey: " " }] }, /^providers\.pool\.accounts\[0\]\.apiKey: .*is empty/],
    ["a weight of nothing", { accounts: [{ apiKey: "sk-a", weight: 0 }] }, /^providers\.pool\.accounts\[0\]\.weight: /],
    ["an empty pool", { accounts: [] }, /^providers\.pool\.accounts: must have at least 1 entry/],
  ])("%s", (_, provider, words) => {
    expect(said({ region: "east", ...provider })).toEqual([expect.stringMatching(words)]);
  });

  test("but one key at two addresses is two accounts", () => {
    const accounts = [{ apiKey: "sk-a" }, { apiKey: "sk-a", baseUrl: "https://b.example/v1" }];
    expect(said({ region: "east", accounts })).toEqual([]);
  });
});

describe("regions that are compared with nothing", () => {
  test("of a provider", () => {
    expect(said({ apiKey: "sk-a", region: "east" }, {})).toEqual([
      expect.stringMatching(
        /^providers\.pool: says where it is, and nobody says where the gateway is; set server\.region/,
      ),
    ]);
  });
  test("of the gateway", () => {
    expect(said({ apiKey: "sk-a" }, { region: "east" })).toEqual([
      expect.stringMatching(/^server\.region: is compared with nothing/),
    ]);
  });
});
