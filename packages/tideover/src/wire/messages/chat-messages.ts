import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { blocksOf, contentOf, contentPart } from "./content-parts.ts";
import type { RequestFlaws } from "./request-flaws.ts";

/**
 * A Messages conversation as chat messages: the system text first; results of tools as messages of their own; earlier
 * thinking as `reasoning_content`; and a last message of the assistant as the beginning of the answer
 * (`prefix: true`, DeepSeek's form, which each provider's adapter brings to its host's).
 */
export function chatMessages({ system, messages }: JsonObject, flaws: RequestFlaws): readonly JsonObject[] {
  if (!Array.isArray(messages) || messages.length === 0) {
    flaws.note("messages", "must be an array with at least one message.");
    return [];
  }
  const chat = system === undefined || system === null ? [] : systemMessage(system, "system", flaws);
  for (const [index, message] of (messages as readonly Json[]).entries()) {
    chat.push(...messagesOf(message, `messages[${index}]`, flaws));
  }
  const last = chat.at(-1);
  const begun = last?.role === "assistant" && last.tool_calls === undefined && last.content !== "";
  return begun ? [...chat.slice(0, -1), { ...last, prefix: true }] : chat;
}

function messagesOf(message: Json, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (!isJsonObject(message)) {
    flaws.note(path, "must be an object with `role` and `content`.");
    return [];
  }
  if (message.role === "user") return userMessages(message.content, `${path}.content`, flaws);
  if (message.role === "assistant") return [assistantMessage(message.content, `${path}.content`, flaws)];
  if (message.role === "system") return systemMessage(message.content, `${path}.content`, flaws);
  flaws.note(`${path}.role`, 'must be "user", "assistant" or "system".');
  return [];
}

function systemMessage(content: Json | undefined, path: string, flaws: RequestFlaws): JsonObject[] {
  const parts = blocksOf(content, path, flaws).flatMap((block, index) => {
    if (block.type === "text") return contentPart(block, `${path}[${index}]`, flaws);
    flaws.note(`${path}[${index}]`, "must be a text block.");
    return [];
  });
  const text = contentOf(parts);
  return text === "" ? [] : [{ role: "system", content: text }];
}

/** The results of tools come first, as chat wants them right behind the calls; then the rest as one message. */
function userMessages(content: Json | undefined, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  const results: JsonObject[] = [];
  const parts: JsonObject[] = [];
  const blocks = blocksOf(content, path, flaws);
  for (const [index, block] of blocks.entries()) {
    const at = `${path}[${index}]`;
    if (block.type !== "tool_result") parts.push(...contentPart(block, at, flaws));
    else {
      const { message, beside } = toolResult(block, at, flaws);
      results.push(message);
      parts.push(...beside);
    }
  }
  if (parts.length === 0 && results.length > 0) return results;
  return [...results, { role: "user", content: contentOf(parts) }];
}

/** A tool's result, and what of it a tool message cannot hold: images, which then follow in the caller's message. */
function toolResult(block: JsonObject, path: string, flaws: RequestFlaws) {
  const id = block.tool_use_id;
  if (typeof id !== "string" || id === "")
    flaws.note(`${path}.tool_use_id`, "must name the tool_use block it answers.");
  const at = `${path}.content`;
  const parts =
    block.content === undefined || block.content === null
      ? []
      : blocksOf(block.content, at, flaws).flatMap((inner, index) => contentPart(inner, `${at}[${index}]`, flaws));
  const text = String(contentOf(parts.filter((part) => part.type === "text")));
  const beside = parts.filter((part) => part.type !== "text");
  // Chat has no member that says that a tool failed; the model has to read it.
  const said = block.is_error === true ? `Error: ${text}` : text;
  const message: JsonObject = { role: "tool", tool_call_id: typeof id === "string" ? id : "", content: said };
  return { message, beside };
}

function assistantMessage(content: Json | undefined, path: string, flaws: RequestFlaws): JsonObject {
  let text = "";
  let reasoning = "";
  const calls: JsonObject[] = [];
  for (const [index, block] of blocksOf(content, path, flaws).entries()) {
    const at = `${path}[${index}]`;
    if (block.type === "text" && typeof block.text === "string") text += block.text;
    else if (block.type === "thinking" && typeof block.thinking === "string") reasoning += block.thinking;
    else if (block.type === "tool_use") calls.push(toolCall(block, at, flaws));
    else if (block.type !== "redacted_thinking") {
      flaws.note(at, `is a ${JSON.stringify(block.type)} block that an assistant's chat message cannot hold.`);
    }
  }
  return {
    role: "assistant",
    content: text === "" && calls.length > 0 ? null : text,
    ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
    ...(calls.length === 0 ? {} : { tool_calls: calls }),
  };
}

function toolCall({ id, name, input }: JsonObject, path: string, flaws: RequestFlaws): JsonObject {
  if (typeof id !== "string" || id === "") flaws.note(`${path}.id`, "must be a text.");
  if (typeof name !== "string" || name === "") flaws.note(`${path}.name`, "must be a text.");
  return { id, type: "function", function: { name, arguments: JSON.stringify(input ?? {}) } };
}
