import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { parseJson } from "../chat/json-text.ts";
import type { RequestFlaws } from "../messages/request-flaws.ts";

/** A conversation in the form of the Messages API. */
export interface MessageTurns {
  /** The instructions, wherever they stood among the messages; undefined: none. */
  readonly system: string | undefined;
  readonly messages: readonly JsonObject[];
}

/**
 * Chat messages as the turns of a Messages request: instructions apart, the results of tools in the turn of the user
 * that follows the calls, and one turn for what one side says in a row. Reasoning of earlier turns is left out: the
 * service takes only what it has signed itself.
 */
export function messageTurns(given: readonly Json[], flaws: RequestFlaws): MessageTurns {
  const instructions: string[] = [];
  const turns: { role: "user" | "assistant"; content: JsonObject[] }[] = [];
  const say = (role: "user" | "assistant", blocks: readonly JsonObject[]) => {
    if (blocks.length === 0) return;
    const last = turns.at(-1);
    if (last?.role === role) last.content.push(...blocks);
    else turns.push({ role, content: [...blocks] });
  };
  for (const [index, message] of given.entries()) {
    const path = `messages[${index}]`;
    if (!isJsonObject(message)) {
      flaws.note(path, "must be an object with `role` and `content`.");
      continue;
    }
    switch (message.role) {
      case "system":
      case "developer":
        instructions.push(...textsOf(message.content));
        break;
      case "user":
        say("user", userBlocks(message.content, `${path}.content`, flaws));
        break;
      case "assistant":
        say("assistant", assistantBlocks(message, path, flaws));
        break;
      case "tool":
        say("user", [toolResult(message, path, flaws)]);
        break;
      default:
        flaws.note(`${path}.role`, "has no counterpart in the Messages API.");
    }
  }
  return { system: instructions.length === 0 ? undefined : instructions.join("\n\n"), messages: turns };
}

/** The texts of a content; none for what is empty, which the service refuses. */
function textsOf(content: Json | undefined): readonly string[] {
  if (typeof content === "string") return content === "" ? [] : [content];
  if (!Array.isArray(content)) return [];
  return (content as readonly Json[]).flatMap((part) =>
    isJsonObject(part) && typeof part.text === "string" && part.text !== "" ? [part.text] : [],
  );
}

const textBlock = (text: string): JsonObject => ({ type: "text", text });

function userBlocks(content: Json | undefined, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (!Array.isArray(content)) return textsOf(content).map(textBlock);
  return (content as readonly Json[]).flatMap((part, index) => userBlock(part, `${path}[${index}]`, flaws));
}

function userBlock(part: Json, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (!isJsonObject(part)) {
    flaws.note(path, "must be an object with a `type`.");
    return [];
  }
  if (part.type === "text") return textsOf([part]).map(textBlock);
  if (part.type === "image_url") {
    const address = isJsonObject(part.image_url) ? part.image_url.url : part.image_url;
    if (typeof address === "string") return [{ type: "image", source: sourceOf(address) }];
  }
  if (part.type === "file" && isJsonObject(part.file) && typeof part.file.file_data === "string") {
    const { file_data: data, filename } = part.file;
    const title = typeof filename === "string" ? { title: filename } : {};
    return [{ type: "document", source: sourceOf(data), ...title }];
  }
  flaws.note(path, `is a ${JSON.stringify(part.type)} part, which the Messages API does not take.`);
  return [];
}

/** Where bytes are: in the address itself, or behind it. */
function sourceOf(address: string): JsonObject {
  const [, mediaType, data] = /^data:([^;,]+);base64,(.*)$/s.exec(address) ?? [];
  return data === undefined ? { type: "url", url: address } : { type: "base64", media_type: mediaType, data };
}

function assistantBlocks(message: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  const blocks: JsonObject[] = textsOf(message.content).map(textBlock);
  const { tool_calls: calls } = message;
  if (!Array.isArray(calls)) return blocks;
  for (const [index, call] of (calls as readonly Json[]).entries()) {
    const described = isJsonObject(call) && isJsonObject(call.function) ? call.function : undefined;
    const input = typeof described?.arguments === "string" ? parseJson(described.arguments || "{}") : undefined;
    if (!isJsonObject(call) || described === undefined || !isJsonObject(input)) {
      flaws.note(`${path}.tool_calls[${index}]`, "must be a function call whose arguments are a JSON object.");
    } else blocks.push({ type: "tool_use", id: call.id, name: described.name, input });
  }
  return blocks;
}

function toolResult(message: JsonObject, path: string, flaws: RequestFlaws): JsonObject {
  const { tool_call_id: id } = message;
  if (typeof id !== "string" || id === "") flaws.note(`${path}.tool_call_id`, "must name the call that it answers.");
  const content = textsOf(message.content).map(textBlock);
  return { type: "tool_result", tool_use_id: id, ...(content.length === 0 ? {} : { content }) };
}
