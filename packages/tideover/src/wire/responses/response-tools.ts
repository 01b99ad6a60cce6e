import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import type { RequestFlaws } from "../messages/request-flaws.ts";

/** The tools of a Responses request and how they may be chosen, as the members of a chat request. */
export function responseTools({ tools, tool_choice: choice }: JsonObject, flaws: RequestFlaws): JsonObject {
  const list = toolList(tools, flaws);
  if (choice === undefined || choice === null) return list;
  return { ...list, ...toolChoice(choice, flaws) };
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
  const { type, name, description, parameters, strict } = isJsonObject(tool) ? tool : {};
  if (type !== "function") {
    flaws.note(
      path,
      `is the tool ${JSON.stringify(type ?? null)}, which only OpenAI's own service has; define it as a function.`,
    );
  } else if (typeof name !== "string" || name === "") flaws.note(`${path}.name`, "must be a text.");
  else if (parameters !== undefined && parameters !== null && !isJsonObject(parameters)) {
    flaws.note(`${path}.parameters`, "must be a JSON Schema object.");
  }
  return {
    type: "function",
    function: {
      name,
      ...(typeof description === "string" ? { description } : {}),
      ...(isJsonObject(parameters) ? { parameters } : {}),
      ...(strict === true ? { strict } : {}),
    },
  };
}

function toolChoice(choice: Json, flaws: RequestFlaws): JsonObject {
  if (choice === "auto" || choice === "none" || choice === "required") return { tool_choice: choice };
  const { type, name } = isJsonObject(choice) ? choice : {};
  if (type === "function" && typeof name === "string" && name !== "") {
    return { tool_choice: { type, function: { name } } };
  }
  flaws.note("tool_choice", 'must be "auto", "none", "required" or `{type: function, name}`.');
  return {};
}
