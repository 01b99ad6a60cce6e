import { expect, test } from "vitest";
import { type ResolvedConfig, resolveConfig, type TideoverConfig } from "../config/index.ts";
import { ALL_FEATURES, featuresOf } from "../runtime/index.ts";
import { loadFeatures } from "./features-in-app.ts";

const PLAIN: TideoverConfig = {
  providers: { deepseek: { preset: "deepseek", apiKey: "sk-test" }, ollama: { preset: "ollama" } },
  routes: [{ model: "*", ladder: ["deepseek", "ollama", "stale", { template: { text: "Later." } }] }],
};

/** Asks for everything that a configuration can ask for. */
const ALL: TideoverConfig = {
  providers: {
    ...PLAIN.providers,
    claude: { preset: "anthropic", apiKey: "sk-test" },
    triton: { preset: "kserve", baseUrl: "http://127.0.0.1:9/v2", models: { "*": "m" } },
  },
  chaos: { share: "1%", until: new Date(Date.now() + 3_600_000).toISOString(), faults: { latency: "1s" } },
  routes: [
    {
      model: "*",
      hedge: { after: "p95" },
      longPrompt: "summarise",
      ladder: ["deepseek", "claude", { similar: { provider: "ollama", model: "embed", threshold: 0.9 } }],
    },
  ],
};

function resolved(config: TideoverConfig): ResolvedConfig {
  const read = resolveConfig(config);
  if ("issues" in read) throw new Error(JSON.stringify(read.issues));
  return read.config;
}

test("a plain chat application loads none of the features", async () => {
  expect(featuresOf(resolved(PLAIN))).toEqual([]);
  expect(await loadFeatures(resolved(PLAIN))).toEqual({});
});

test("a configuration has the features that it asks for, and they are those of a server", async () => {
  const { review: _inbox, sharedFlights: _ledger, tickets: _desk, ...configured } = ALL_FEATURES;
  const loaded = await loadFeatures(resolved(ALL));
  expect(Object.keys(loaded).sort()).toEqual(Object.keys(configured).sort());
  expect(loaded).toEqual(configured);
});
