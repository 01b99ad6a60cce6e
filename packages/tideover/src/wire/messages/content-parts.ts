import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import type { RequestFlaws } from "./request-flaws.ts";

/** The blocks of a content, which may also be a plain text. */
export function blocksOf(content: Json | undefined, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (typeof content === "string") return [{ type: "text", text: content }];
  if (!Array.isArray(content)) {
    flaws.note(path, "must be a text or an array of content blocks.");
    return [];
  }
  const blocks = content as readonly Json[];
  const wrong = blocks.findIndex((block) => !isJsonObject(block) || typeof block.type !== "string");
  if (wrong >= 0) flaws.note(`${path}[${wrong}]`, "must be a content block with a `type`.");
  return blocks.filter(isJsonObject);
}

/** What a caller's block is in chat: a part of a user message. Undefined, with a flaw noted, where chat has none. */
export function contentPart(block: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  switch (block.type) {
    case "text":
      return textPart(block.text, `${path}.text`, flaws);
    case "image":
      return imagePart(block.source, `${path}.source`, flaws);
    case "document":
      return documentParts(block, path, flaws);
    case "search_result":
      return searchResultParts(block, path, flaws);
    default:
      flaws.note(
        path,
        `is a ${JSON.stringify(block.type)} block, which no chat model takes; send text, image, document, search_result or tool_result.`,
      );
      return [];
  }
}

/**
 * Parts as the content of a chat message: one text where all of them are texts, since some hosts take nothing else.
 * Separate texts are kept apart by a blank line.
 */
export function contentOf(parts: readonly JsonObject[]): Json {
  const texts = parts.filter((part) => part.type === "text").map((part) => String(part.text));
  return texts.length === parts.length ? texts.join("\n\n") : parts;
}

function textPart(text: Json | undefined, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  if (typeof text === "string") return [{ type: "text", text }];
  flaws.note(path, "must be a text.");
  return [];
}

function imagePart(source: Json | undefined, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  const url = isJsonObject(source) ? addressOf(source) : undefined;
  if (url !== undefined) return [{ type: "image_url", image_url: { url } }];
  flaws.note(path, "must be `{type: base64, media_type, data}` or `{type: url, url}`.");
  return [];
}

/** An image or a file where it can be read: its own address, or its bytes as a data URL. */
function addressOf(source: JsonObject): string | undefined {
  if (source.type === "url" && typeof source.url === "string") return source.url;
  if (source.type !== "base64" || typeof source.data !== "string" || typeof source.media_type !== "string") {
    return undefined;
  }
  return `data:${source.media_type};base64,${source.data}`;
}

function documentParts(block: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  const { source, title } = block;
  const heading = typeof title === "string" && title !== "" ? `${title}\n\n` : "";
  if (isJsonObject(source)) {
    if (source.type === "text" && typeof source.data === "string") {
      return [{ type: "text", text: heading + source.data }];
    }
    if (source.type === "content") {
      const at = `${path}.source.content`;
      return blocksOf(source.content, at, flaws).flatMap((inner, index) =>
        inner.type === "document" ? [] : contentPart(inner, `${at}[${index}]`, flaws),
      );
    }
    const data = source.type === "base64" ? addressOf(source) : undefined;
    if (data !== undefined) {
      const filename = heading === "" ? "document.pdf" : String(title);
      return [{ type: "file", file: { filename, file_data: data } }];
    }
  }
  flaws.note(
    `${path}.source`,
    "must hold the document itself: `{type: text, data}`, `{type: base64, …}` or `{type: content, …}`.",
  );
  return [];
}

function searchResultParts(block: JsonObject, path: string, flaws: RequestFlaws): readonly JsonObject[] {
  const heading = [block.title, block.source].filter((line) => typeof line === "string" && line !== "");
  const texts = blocksOf(block.content, `${path}.content`, flaws).map(({ text }) => text);
  return [{ type: "text", text: [...heading, ...texts.filter((text) => typeof text === "string")].join("\n") }];
}
