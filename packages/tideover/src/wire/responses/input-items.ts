import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { contentOf } from "../messages/content-parts.ts";
import type { RequestFlaws } from "../messages/request-flaws.ts";

/** The roles of a message; developers speak as the system, the one name that every host knows. */
const ROLES: ReadonlyMap<unknown, string> = new Map([
  ["user", "user"],
  ["assistant", "assistant"],
  ["system", "system"],
  ["developer", "system"],
]);

/** The items of an assistant's turn that one chat message holds, while they come. */
interface Turn {
  text: string;
  reasoning: string;
  readonly calls: JsonObject[];
}

/**
 * The input of a Responses request, a text or items, as chat messages. What the assistant thought, said and called in
 * one turn becomes one message, as it was in the answer that the items came from.
 */
export function chatMessagesOf(input: Json | undefined, flaws: RequestFlaws): readonly JsonObject[] {
  if (typeof input === "string") return [{ role: "user", content: input }];
  if (!Array.isArray(input) || input.length === 0) {
    flaws.note("input", "must be a text or an array with at least one item.");
    return [];
  }
  const messages: JsonObject[] = [];
  let turn: Turn | undefined;
  const endTurn = () => {
    if (turn !== undefined) messages.push(...turnMessage(turn));
    turn = undefined;
  };
  for (const [index, item] of (input as readonly Json[]).entries()) {
    const path = `input[${index}]`;
    if (!isJsonObject(item)) {
      flaws.note(path, "must be an object with a `role` or a `type`.");
    } else if (isAssistants(item)) {
      // Another text behind a text or a call is another message.
      if (turn !== undefined && isText(item) && (turn.text !== "" || turn.calls.length > 0)) endTurn();
      turn ??= { text: "", reasoning: "", calls: [] };
      addToTurn(turn, item, path, flaws);
    } else {
      endTurn();
      messages.push(...othersMessage(item, path, flaws));
    }
  }
  endTurn();
  return messages;
}

function isText({ type = "message" }: JsonObject): boolean {
  return type === "message";
}

function isAssistants(item: JsonObject): boolean {
  if (item.type === "reasoning" || item.type === "function_call") return true;
  return isText(item) && item.role === "assistant";
}

function addToTurn(turn: Turn, item: JsonObject, path: string, flaws: RequestFlaws): void {
  if (item.type === "reasoning") turn.reasoning += thoughtOf(item);
  else if (item.type === "function_call") turn.calls.push(functionCall(item, path, flaws));
  else turn.text += assistantText(item.content, `${path}.content`, flaws);
}

function turnMessage({ text, reasoning, calls }: Turn): readonly JsonObject[] {
  // Thinking whose text is sealed (`encrypted_content`) says nothing to another model.
  if (text === "" && reasoning === "" && calls.length === 0) return [];
  return [
    {
      role: "assistant",
      content: text === "" && calls.length > 0 ? null : text,
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      ...(calls.length === 0 ? {} : { tool_calls: calls }),
    },
  ];
}

function thoughtOf({ content, summary }: JsonObject): string {
  const texts = (list: Json | undefined) =>
    (Array.isArray(list) ? (list as readonly Json[]) : [])
      .map((part) => (isJsonObject(part) && typeof part.text === "string" ? part.text : ""))
      .join("");
  return texts(content) || texts(summary);
}

function functionCall(
  { call_id: id, name, arguments: written }: JsonObject,
  path: string,
  flaws: RequestFlaws,
): JsonObject {
  if (typeof id !== "string" || id === "") flaws.note(`${path}.call_id`, "must be a text.");
  if (typeof name !== "string" || name === "") flaws.note(`${path}.name`, "must be a text.");
  if (typeof written !== "string") flaws.note(`${path}.arguments`, "must be a text.");
  return { id, type: "function", function: { name, arguments: written } };
}

function assistantText(content: Json | undefined, path: string, flaws: RequestFlaws): string {
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) {
    flaws.note(path, "must be a text or an array of parts.");
    return "";
  }
  return (content as readonly Json[])
    .map((part, index) => {
      const { type, text, refusal } = isJsonObject(part) ? part : {};
      if ((type === "output_text" || type === "input_text") && typeof text === "string") return text;
      if (type === "refusal" && typeof refusal === "string") return refusal;
      flaws.note(`${path}[${index}]`, "must be an `output_text` or a `refusal` in a message of the assistant.");
      return "";
    })
    .join("");
}

function othersMessage(item: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (item.type === "function_call_output") return toolMessages(item, path, flaws);
  if (!isText(item)) {
    flaws.note(
      path,
      `is a ${JSON.stringify(item.type)}, which no chat model takes; send message, reasoning, function_call or function_call_output.`,
    );
    return [];
  }
  const role = ROLES.get(item.role);
  if (role === undefined) {
    flaws.note(`${path}.role`, 'must be "user", "assistant", "system" or "developer".');
    return [];
  }
  return [{ role, content: contentOf(partsOf(item.content, `${path}.content`, flaws)) }];
}

/** A tool's result, and what of it a tool message cannot hold: images and files, which then follow as the caller's. */
function toolMessages({ call_id: id, output }: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (typeof id !== "string" || id === "") flaws.note(`${path}.call_id`, "must name the function_call it answers.");
  const parts = partsOf(output, `${path}.output`, flaws);
  const content = contentOf(parts.filter((part) => part.type === "text"));
  const beside = parts.filter((part) => part.type !== "text");
  const message = { role: "tool", tool_call_id: typeof id === "string" ? id : "", content: String(content) };
  return beside.length === 0 ? [message] : [message, { role: "user", content: beside }];
}

function partsOf(content: Json | undefined, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) {
    flaws.note(path, "must be a text or an array of parts.");
    return [];
  }
  return (content as readonly Json[]).flatMap((part, index) =>
    contentPart(isJsonObject(part) ? part : {}, `${path}[${index}]`, flaws),
  );
}

function contentPart(part: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  const { type, text, image_url: url, detail, filename, file_data: data } = part;
  if ((type === "input_text" || type === "output_text" || type === "text") && typeof text === "string") {
    return [{ type: "text", text }];
  }
  if (type === "input_image" && typeof url === "string") {
    return [{ type: "image_url", image_url: { url, ...(typeof detail === "string" ? { detail } : {}) } }];
  }
  if (type === "input_file" && typeof data === "string") {
    return [
      { type: "file", file: { filename: typeof filename === "string" ? filename : "document", file_data: data } },
    ];
  }
  flaws.note(
    path,
    "must be `{type: input_text, text}`, `{type: input_image, image_url}` or `{type: input_file, filename, file_data}`: files by id or address lie elsewhere.",
  );
  return [];
}
