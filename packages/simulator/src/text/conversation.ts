import { isJsonObject, type Json, type JsonObject } from "tideover/engine";

/** What an image part is counted as, in tokens; real prices depend on its size. */
export const TOKENS_PER_IMAGE = 256;

/** The objects of an array; whatever else is in it is left out. */
export function objectsOf(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? value.filter(isJsonObject) : [];
}

/** The text of a message: its string content, or its text parts one after another. */
export function messageText(message: JsonObject): string {
  if (typeof message.content === "string") return message.content;
  return objectsOf(message.content)
    .map((part) => (typeof part.text === "string" ? part.text : ""))
    .join("");
}

/** How many image parts the messages hold. */
export function countImages(messages: readonly JsonObject[]): number {
  let images = 0;
  for (const message of messages) {
    for (const part of objectsOf(message.content)) if (part.type === "image_url") images++;
  }
  return images;
}

/**
 * A conversation as one text: the key of its answer and the prompt that is counted and cached. It holds what a model
 * would read (roles, text, images, tool calls and results) and leaves out what gateways change on the way:
 * reasoning history, ids of calls, names of fields.
 */
export function conversationText(messages: readonly JsonObject[]): string {
  const parts: string[] = [];
  for (const message of messages) {
    parts.push(`${message.role}\u0001${messageText(message)}`);
    for (const part of objectsOf(message.content)) {
      if (isJsonObject(part.image_url)) parts.push(`image\u0001${part.image_url.url}`);
    }
    for (const call of objectsOf(message.tool_calls)) {
      if (isJsonObject(call.function)) parts.push(`call\u0001${call.function.name}\u0001${call.function.arguments}`);
    }
  }
  return parts.join("\u0002");
}
