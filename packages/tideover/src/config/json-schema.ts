import { toJSONSchema } from "zod/mini";
import { SETTING_DESCRIPTIONS } from "./descriptions/index.ts";
import { configSchema } from "./schema/config-schema.ts";
import { conditionFunction, handlerFunction } from "./schema/route-schema.ts";

/** A part of a JSON Schema. */
interface SchemaNode {
  [keyword: string]: unknown;
}

/** Text that holds `${ENV}`, which may stand wherever a value may. */
const INTERPOLATED = { type: "string", pattern: "\\$\\{[A-Za-z_]" };

/**
 * The JSON Schema (draft 2020-12) of `tideover.yaml`, for editors: what may be written where, with a description of
 * every setting. It is a little more lenient than the reading itself, which also looks at what belongs together.
 */
export function jsonSchema(): SchemaNode {
  const schema: SchemaNode = toJSONSchema(configSchema, {
    io: "input",
    unrepresentable: "any",
    override: ({ zodSchema, jsonSchema: node }) => {
      // A file cannot hold a function; without this the forms beside it would not be checked at all.
      if (zodSchema === handlerFunction || zodSchema === conditionFunction) node.not = {};
      else allowInterpolation(node);
    },
  });
  for (const [path, description] of Object.entries(SETTING_DESCRIPTIONS)) describeSetting(schema, path, description);
  return {
    ...schema,
    title: "tideover.yaml",
    description:
      "The configuration of Tideover. Rungs that need settings: rules, template, similar; that may stand alone: stale, ticket.",
  };
}

/** Says what a setting is for, wherever it may be written: in each form of the union that it is in. */
function describeSetting(schema: SchemaNode, path: string, description: string): void {
  const nodes = nodesAt(schema, path.replaceAll("[]", ".[]").split("."));
  if (nodes.length === 0) throw new RangeError(`There is no setting ${path} to describe.`);
  for (const node of nodes) node.description = description;
}

/** The parts of a JSON Schema at a path: `routes`, `[]`, `retry`, `attempts`. */
function nodesAt(node: SchemaNode, [step, ...rest]: readonly string[]): SchemaNode[] {
  if (step === undefined) return [node];
  const forms = isList(node.anyOf) ? node.anyOf.flatMap((form) => nodesAt(form, [step, ...rest])) : [];
  const child = childOf(node, step);
  return [...(isNode(child) ? nodesAt(child, rest) : []), ...forms];
}

function childOf({ items, additionalProperties, properties }: SchemaNode, step: string): unknown {
  if (step === "[]") return items;
  if (step === "<name>") return additionalProperties;
  return isNode(properties) ? properties[step] : undefined;
}

function isNode(value: unknown): value is SchemaNode {
  return typeof value === "object" && value !== null;
}

function isList(value: unknown): value is readonly SchemaNode[] {
  return Array.isArray(value);
}

/** Numbers, words and patterns may come from the environment. */
function allowInterpolation(node: SchemaNode): void {
  const bare = node.type === "integer" || node.type === "number" || node.type === "boolean" || Array.isArray(node.enum);
  if (bare) {
    const { description, ...plain } = node;
    for (const keyword of Object.keys(node)) delete node[keyword];
    Object.assign(node, { ...(description === undefined ? {} : { description }), anyOf: [plain, INTERPOLATED] });
  } else if (typeof node.pattern === "string" && !node.pattern.endsWith(INTERPOLATED.pattern)) {
    node.pattern = `${node.pattern}|${INTERPOLATED.pattern}`;
  }
}
