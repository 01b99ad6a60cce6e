import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import type { RequestFlaws } from "./request-flaws.ts";

/** The tools of a Messages request and how they may be chosen, as the members of a chat request. */
export function chatTools(body: JsonObject, flaws: RequestFlaws): JsonObject {
  const { tools, tool_choice: choice } = body;
  return { ...toolList(tools, flaws), ...(choice === undefined || choice === null ? {} : toolChoice(choice, flaws)) };
}

function toolList(tools: Json | undefined, flaws: RequestFlaws): JsonObject {
  if (tools === undefined || tools === null) return {};
  if (!Array.isArray(tools)) {
    flaws.note("tools", "must be an array.");
    return {};
  }
  // An empty list is refused by most hosts, and says nothing.
  if (tools.length === 0) return {};
  return { tools: (tools as readonly Json[]).map((tool, index) => functionTool(tool, `tools[${index}]`, flaws)) };
}

function functionTool(tool: Json, path: string, flaws: RequestFlaws): JsonObject {
  if (!isJsonObject(tool)) {
    flaws.note(path, "must be an object with `name` and `input_schema`.");
    return {};
  }
  const { type, name, description, input_schema: schema, strict } = tool;
  if (type !== undefined && type !== null && type !== "custom") {
    flaws.note(
      path,
      `is the tool ${JSON.stringify(type)}, which only Anthropic's own service has; define it with \`input_schema\`.`,
    );
  } else if (typeof name !== "string" || name === "") flaws.note(`${path}.name`, "must be a text.");
  else if (!isJsonObject(schema)) flaws.note(`${path}.input_schema`, "must be a JSON Schema object.");
  return {
    type: "function",
    function: {
      name,
      ...(typeof description === "string" ? { description } : {}),
      parameters: schema,
      ...(strict === true ? { strict } : {}),
    },
  };
}

function toolChoice(choice: Json, flaws: RequestFlaws): JsonObject {
  const { type, name, disable_parallel_tool_use: oneAtATime } = isJsonObject(choice) ? choice : {};
  const parallel = oneAtATime === true ? { parallel_tool_calls: false } : {};
  switch (type) {
    case "auto":
    case "none":
      return { tool_choice: type, ...parallel };
    case "any":
      return { tool_choice: "required", ...parallel };
    case "tool":
      if (typeof name !== "string" || name === "") flaws.note("tool_choice.name", "must name a tool.");
      return { tool_choice: { type: "function", function: { name } }, ...parallel };
    default:
      flaws.note("tool_choice.type", 'must be "auto", "any", "tool" or "none".');
      return {};
  }
}
