import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { parseJson } from "../chat/json-text.ts";

/** A request of the Responses API as it is kept beside its answer. */
export interface KeptRequest {
  /** The request as its caller wrote it. */
  readonly request: JsonObject;
  /** The chat messages of the responses before it, without their instructions, which do not carry over. */
  readonly history: readonly JsonObject[];
}

/** The bytes that stand for a request in a store. */
export function keptRequestBytes({ request, history }: KeptRequest): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ request, history }));
}

/** Reads what {@link keptRequestBytes} wrote; undefined for anything else. */
export function readKeptRequest(bytes: Uint8Array): KeptRequest | undefined {
  const json = parseJson(new TextDecoder().decode(bytes));
  if (!isJsonObject(json) || !isJsonObject(json.request) || !Array.isArray(json.history)) return undefined;
  return { request: json.request, history: (json.history as readonly Json[]).filter(isJsonObject) };
}
