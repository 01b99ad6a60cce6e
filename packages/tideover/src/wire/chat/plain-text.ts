import { isJsonObject, type Json } from "../../engine/json.ts";

/** The text of a message: a string, nothing, or parts that are all text. Undefined where it holds anything else. */
export function plainText(content: Json | undefined): string | undefined {
  if (typeof content === "string") return content;
  if (content === null || content === undefined) return "";
  if (!Array.isArray(content)) return undefined;
  const texts = (content as readonly Json[]).map((part) =>
    isJsonObject(part) && part.type === "text" && typeof part.text === "string" ? part.text : undefined,
  );
  return texts.includes(undefined) ? undefined : texts.join("");
}
