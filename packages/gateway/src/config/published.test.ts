import { readFile } from "node:fs/promises";
import { configSchema, type EffectiveValue, explainConfig, formatIssue, listSettings } from "tideover/config";
import { beforeAll, describe, expect, test } from "vitest";
import { parseConfig } from "./load-config.ts";
import { publishedSchema, SCHEMA_FILE } from "./published-schema.ts";

test("the published JSON Schema is current; if not, run write-schema.ts beside this test", async () => {
  expect(await readFile(SCHEMA_FILE, "utf8")).toBe(publishedSchema());
});

describe("the page on configuration", () => {
  let page = "";
  let rows: { setting: string; usual: string; meaning: string }[] = [];
  beforeAll(async () => {
    page = await readFile(new URL("../../../../docs/configuration.md", import.meta.url), "utf8");
    rows = [...page.matchAll(/^\| `([^`]+)` +\| ([^|]+?) +\| (.+?) +\|$/gm)].map(
      ([, setting = "", usual = "", meaning = ""]) => ({
        setting,
        usual,
        meaning,
      }),
    );
  });

  test("has every setting, and none that does not exist", () => {
    const settings = listSettings(configSchema).map(({ path }) => path);
    const isGroup = (path: string) =>
      settings.some((other) => other.startsWith(`${path}.`) || other.startsWith(`${path}[]`));
    const documented = rows.map(({ setting }) => setting);
    const values = settings.filter((path) => !isGroup(path) && !path.endsWith(".handler"));
    expect(values.filter((path) => !documented.includes(path))).toEqual([]);
    expect(documented.filter((path) => !settings.includes(path))).toEqual([]);
  });

  test("tells the true defaults, and what is not active yet", () => {
    const effective = defaults();
    const compared = rows.flatMap(({ setting, usual, meaning }) => {
      const found = effective.get(setting);
      if (found === undefined || found.from !== "default") return [];
      const told = usual.replaceAll(/[`[\]]/g, "");
      expect(`${setting}: ${told}`).toBe(`${setting}: ${found.value}`);
      expect(`${setting}: ${/\*\*[Ll]ater/.test(meaning)}`).toBe(`${setting}: ${!found.active}`);
      return [setting];
    });
    expect(compared.length).toBeGreaterThan(40);
  });

  test("shows examples that can be used", () => {
    const examples = [...page.matchAll(/```yaml\n([^`]*?routes:[^`]*)```/g)].map(([, text = ""]) => text);
    expect(examples).toHaveLength(2);
    for (const text of examples) {
      const loaded = parseConfig(text, { DEEPSEEK_API_KEY: "k", ARK_API_KEY: "k" });
      expect(("issues" in loaded ? loaded.issues : loaded.warnings).map((issue) => formatIssue(issue))).toEqual([]);
    }
  });

  /** The effective values of a file that says next to nothing, by their names in the page. */
  function defaults(): Map<string, EffectiveValue> {
    const loaded = parseConfig(
      `providers: { local: { preset: ollama } }\nroutes: [{ model: "*", hedge: {}, ladder: [local] }]\n`,
      {},
    );
    if ("issues" in loaded) throw new Error(JSON.stringify(loaded.issues));
    const prefixes = {
      route: "routes[].",
      provider: "providers.<name>.",
      server: "server.",
      stores: "stores.",
      chaos: "chaos.",
    };
    return new Map(
      explainConfig(loaded.config, loaded.origins).flatMap(({ section, values }) =>
        values.map((value) => [`${prefixes[section]}${value.setting}`, value] as const),
      ),
    );
  }
});
