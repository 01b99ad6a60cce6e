import type { Call } from "../../call.ts";
import { isJsonObject, type Json } from "../../json.ts";

/** How much of a conversation's beginning is read to tell it from others, in UTF-16 code units. */
const BEGINNING_LENGTH = 2_048;

/**
 * What tells the session of a call: the name that the request gives it, or else the first message of the user, which
 * every step of a run repeats. The tenant is always part of it.
 */
export function sessionOf({ tenant, request: { body } }: Call): string {
  const metadata = isJsonObject(body.metadata) ? body.metadata : {};
  const named = body.prompt_cache_key ?? metadata.session_id ?? body.user;
  if (typeof named === "string" && named !== "") return `${tenant}\n${named}`;
  return `${tenant}\n${beginning(body.messages ?? body.prompt ?? body.input)}`;
}

function beginning(asked: Json | undefined): string {
  if (typeof asked === "string") return asked.slice(0, BEGINNING_LENGTH);
  if (!Array.isArray(asked)) return "";
  const first = asked.find((message) => isJsonObject(message) && message.role === "user") ?? asked[0];
  const content = isJsonObject(first) ? first.content : first;
  if (typeof content === "string") return content.slice(0, BEGINNING_LENGTH);
  const texts = Array.isArray(content) ? content.filter(isJsonObject).map(({ text }) => text) : [];
  return texts.join("\n").slice(0, BEGINNING_LENGTH);
}
