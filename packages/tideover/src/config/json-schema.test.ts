import { describe, expect, test } from "vitest";
import { SETTING_DESCRIPTIONS } from "./descriptions/index.ts";
import { jsonSchema } from "./json-schema.ts";
import { valueAt } from "./origins.ts";
import { configSchema } from "./schema/config-schema.ts";
import { listSettings } from "./schema/known-keys.ts";

/** The part of the JSON Schema at a setting, through lists, names and the forms of a union. */
function nodesAt(node: unknown, steps: readonly string[]): unknown[] {
  const forms = ((valueAt(node, ["anyOf"]) as unknown[] | undefined) ?? []).flatMap((form) => nodesAt(form, steps));
  const [step, ...rest] = steps;
  if (step === undefined) return [node, ...forms];
  const child =
    step === "[]"
      ? valueAt(node, ["items"])
      : step === "<name>"
        ? valueAt(node, ["additionalProperties"])
        : valueAt(node, ["properties", step]);
  return [...(typeof child === "object" ? nodesAt(child, rest) : []), ...forms];
}

describe("the JSON Schema", () => {
  const schema = jsonSchema();

  test("knows every setting, and says something about each", () => {
    const paths = listSettings(configSchema).map(({ path }) => path);
    for (const path of paths) {
      const nodes = nodesAt(schema, path.replaceAll("[]", ".[]").split("."));
      expect(nodes, path).not.toEqual([]);
      if (path.endsWith(".handler")) continue;
      expect(SETTING_DESCRIPTIONS[path], path).toMatch(/\w/);
      expect(nodes, path).toContainEqual(expect.objectContaining({ description: SETTING_DESCRIPTIONS[path] }));
    }
    const known = new Set(
      paths
        .map((path) => `${path}[]`)
        .concat(
          paths,
          paths.map((path) => `${path}.<name>`),
        ),
    );
    expect(Object.keys(SETTING_DESCRIPTIONS).filter((path) => !known.has(path))).toEqual([]);
  });

  test("is strict, as the reading is", () => {
    expect(schema.additionalProperties).toBe(false);
    expect(valueAt(schema, ["properties", "routes", "items", "additionalProperties"])).toBe(false);
    expect(valueAt(schema, ["required"])).toEqual(["routes"]);
  });

  test("lets the environment stand in for numbers and patterned text", () => {
    const [port] = nodesAt(schema, ["server", "port"]);
    expect(valueAt(port, ["anyOf", 0])).toEqual({ type: "integer", minimum: 0, maximum: 65_535 });
    const pattern = new RegExp(String(valueAt(valueAt(port, ["anyOf", 1]), ["pattern"])));
    expect(`\${PORT:-8787}`).toMatch(pattern);
    expect("8787").not.toMatch(pattern);
  });

  test("tells durations from other text", () => {
    const [deadline] = nodesAt(schema, ["routes", "[]", "deadline"]);
    const pattern = new RegExp(String(valueAt(deadline, ["pattern"])));
    for (const right of ["200ms", "1.5s", "7d", `\${DEADLINE}`]) expect(right).toMatch(pattern);
    for (const wrong of ["30", "30 s", "soon"]) expect(wrong).not.toMatch(pattern);
  });

  test("has no form of a rung that takes anything", () => {
    const forms = valueAt(schema, ["properties", "routes", "items", "properties", "ladder", "items", "anyOf"]);
    expect(forms).toEqual([
      expect.objectContaining({ type: "string" }),
      { not: {} },
      expect.objectContaining({ type: "object", minProperties: 1, maxProperties: 1, additionalProperties: false }),
    ]);
  });
});
