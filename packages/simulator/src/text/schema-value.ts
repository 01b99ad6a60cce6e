import { isJsonObject, type Json, type JsonObject, type Random, seededRandom } from "tideover/engine";
import { firstTextTokens } from "./text-tokens.ts";

/** How deep a value may nest; a schema that refers to itself ends here with null. */
const MAX_DEPTH = 16;

/** Texts for the formats that validators check. */
const FORMATS: Readonly<Record<string, string>> = {
  date: "2026-11-22",
  time: "09:30:00Z",
  "date-time": "2026-11-22T09:30:00Z",
  email: "harbour@example.com",
  uri: "https://example.com/tide",
  url: "https://example.com/tide",
  uuid: "7f1a2b3c-4d5e-4f60-8a9b-0c1d2e3f4a5b",
  ipv4: "192.0.2.7",
  hostname: "tide.example.com",
};

/**
 * A value that fits a JSON Schema, the same for the same seed. It knows type, enum, const, properties, items, sizes,
 * bounds, formats, combinations and local references; `pattern` is not honoured.
 */
export function valueForSchema(schema: Json | undefined, seed: number): Json {
  const root = isJsonObject(schema) ? schema : {};
  return makeValue(root, root, seededRandom(seed), 0);
}

function makeValue(schema: JsonObject, root: JsonObject, random: Random, depth: number): Json {
  if (depth > MAX_DEPTH) return null;
  if (schema.const !== undefined) return schema.const;
  if (Array.isArray(schema.enum) && schema.enum.length > 0) {
    return schema.enum[Math.floor(random.next() * schema.enum.length)] as Json;
  }
  const referred = resolveReference(schema, root) ?? firstAlternative(schema);
  if (referred !== undefined) return makeValue(referred, root, random, depth + 1);
  switch (typeOf(schema)) {
    case "object":
      return makeObject(schema, root, random, depth);
    case "array":
      return makeArray(schema, root, random, depth);
    case "integer":
      return Math.round(makeNumber(schema, random, true));
    case "number":
      return makeNumber(schema, random, false);
    case "boolean":
      return random.next() < 0.5;
    case "null":
      return null;
    default:
      return makeString(schema, random);
  }
}

function resolveReference(schema: JsonObject, root: JsonObject): JsonObject | undefined {
  if (typeof schema.$ref !== "string" || !schema.$ref.startsWith("#")) return undefined;
  let target: Json | undefined = root;
  for (const part of schema.$ref.split("/").slice(1)) {
    const name = part.replaceAll("~1", "/").replaceAll("~0", "~");
    target = isJsonObject(target) ? target[name] : undefined;
  }
  return isJsonObject(target) ? target : {};
}

function firstAlternative(schema: JsonObject): JsonObject | undefined {
  for (const alternatives of [schema.anyOf, schema.oneOf]) {
    if (Array.isArray(alternatives) && isJsonObject(alternatives[0])) return alternatives[0];
  }
  if (!Array.isArray(schema.allOf)) return undefined;
  const { allOf, ...rest } = schema;
  let merged: JsonObject = rest;
  for (const part of allOf as readonly Json[]) {
    if (!isJsonObject(part)) continue;
    merged = { ...merged, ...part, ...mergedProperties(merged, part) };
  }
  return merged;
}

function mergedProperties(left: JsonObject, right: JsonObject): JsonObject {
  if (!isJsonObject(left.properties) || !isJsonObject(right.properties)) return {};
  return { properties: { ...left.properties, ...right.properties } };
}

function typeOf(schema: JsonObject): string {
  const declared = Array.isArray(schema.type) ? schema.type.find((name) => name !== "null") : schema.type;
  if (typeof declared === "string") return declared;
  if (schema.properties !== undefined) return "object";
  if (schema.items !== undefined) return "array";
  return "string";
}

function makeObject(schema: JsonObject, root: JsonObject, random: Random, depth: number): JsonObject {
  const value: Record<string, Json> = {};
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  for (const [name, property] of Object.entries(properties)) {
    value[name] = makeValue(isJsonObject(property) ? property : {}, root, random, depth + 1);
  }
  return value;
}

function makeArray(schema: JsonObject, root: JsonObject, random: Random, depth: number): Json[] {
  const least = typeof schema.minItems === "number" ? schema.minItems : 1;
  const most = typeof schema.maxItems === "number" ? schema.maxItems : Math.max(least, 3);
  const count = Math.min(most, least + Math.floor(random.next() * 3));
  const items = isJsonObject(schema.items) ? schema.items : {};
  return Array.from({ length: count }, () => makeValue(items, root, random, depth + 1));
}

function makeNumber(schema: JsonObject, random: Random, whole: boolean): number {
  const step = typeof schema.multipleOf === "number" ? schema.multipleOf : whole ? 1 : 0.01;
  const least =
    typeof schema.exclusiveMinimum === "number"
      ? schema.exclusiveMinimum + step
      : (schema.minimum as number | undefined);
  const most =
    typeof schema.exclusiveMaximum === "number"
      ? schema.exclusiveMaximum - step
      : (schema.maximum as number | undefined);
  const from = least ?? (most === undefined ? 1 : Math.min(1, most));
  const to = most ?? from + 99;
  const steps = Math.floor((to - from) / step);
  const value = Math.ceil(from / step - 1e-9) * step + Math.floor(random.next() * Math.max(1, steps)) * step;
  // Rounding takes away what binary fractions add, so that 0.07 does not print as 0.07000000000000001.
  return Math.round(Math.min(to, value) * 1e6) / 1e6;
}

function makeString(schema: JsonObject, random: Random): string {
  const format = typeof schema.format === "string" ? FORMATS[schema.format] : undefined;
  if (format !== undefined) return format;
  const least = typeof schema.minLength === "number" ? schema.minLength : 1;
  const most = typeof schema.maxLength === "number" ? schema.maxLength : Math.max(least, 60);
  let text = firstTextTokens(Math.floor(random.next() * 2 ** 32), 3)
    .join("")
    .trim();
  while (text.length < least) text += "潮";
  // A cut must not leave half of a surrogate pair behind.
  return text.slice(0, most).replace(/[\ud800-\udbff]$/, "x");
}
