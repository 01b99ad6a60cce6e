import { isJsonObject, type JsonObject } from "../../engine/index.ts";

/** Longest message kept of an error, in UTF-16 code units: enough for every known one, little enough for a log line. */
const MAX_MESSAGE_LENGTH = 500;

/** What a provider says about an error, whatever form it says it in. */
export interface ErrorDescription {
  readonly message: string;
  /** Empty where there is none. */
  readonly type: string;
  /** As text; empty where there is none. */
  readonly code: string;
  /** The body was JSON. */
  readonly json: boolean;
  /** The body was a page for people, made by a proxy rather than by the API. */
  readonly html: boolean;
}

/**
 * Reads an error body. Known forms: OpenAI's envelope `{ error: { message, type, code } }`, `{ error: "text" }`
 * (Ollama), flat `{ code, message }` (SiliconFlow, Cerebras, and vLLM with `object: "error"`), `{ error_code,
 * error_msg }` (Baidu, Huawei), `{ detail }` (FastAPI), a list of one of these, HTML, plain text.
 */
export function readErrorBody(text: string, contentType: string): ErrorDescription {
  const trimmed = text.trim();
  if (/^text\/html/i.test(contentType) || /^<(!doctype|html|head|body)/i.test(trimmed)) {
    return { message: htmlTitle(trimmed), type: "", code: "", json: false, html: true };
  }
  if (trimmed.startsWith("{") || trimmed.startsWith("[")) {
    const parsed = parseJson(trimmed);
    const value: unknown = Array.isArray(parsed) ? parsed[0] : parsed;
    if (isJsonObject(value)) return readErrorObject(value);
  }
  return { message: shorten(trimmed), type: "", code: "", json: false, html: false };
}

/** Reads an error object: a whole frame of a stream, or the member `error` of one. */
export function readErrorObject(value: JsonObject): ErrorDescription {
  const inner = value.error;
  if (typeof inner === "string") return { ...readErrorObject({ ...value, error: undefined }), message: shorten(inner) };
  const error = isJsonObject(inner) ? inner : value;
  const message = firstText(error.message, error.error_msg, error.msg, detailText(error.detail));
  const metadata = error.metadata;
  // OpenRouter wraps the words of the host behind it.
  const raw = isJsonObject(metadata) && typeof metadata.raw === "string" ? metadata.raw : "";
  return {
    message: shorten(raw === "" ? message : `${message} (${raw})`),
    type: firstText(error.type),
    code: codeText(error.code ?? error.error_code),
    json: true,
    html: false,
  };
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON after all, or cut by the cap on error bodies: the caller reads it as plain text.
    return undefined;
  }
}

function firstText(...values: readonly unknown[]): string {
  return values.find((value): value is string => typeof value === "string") ?? "";
}

function codeText(value: unknown): string {
  return typeof value === "string" || typeof value === "number" ? String(value) : "";
}

/** FastAPI answers `detail: "text"` or, from its validation, `detail: [{ loc, msg }]`. */
function detailText(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  if (!Array.isArray(value)) return undefined;
  const first: unknown = value[0];
  return isJsonObject(first) && typeof first.msg === "string" ? first.msg : undefined;
}

function htmlTitle(text: string): string {
  const title = /<title[^>]*>([^<]*)<\/title>/i.exec(text)?.[1]?.replace(/\s+/g, " ").trim();
  return title === undefined || title === "" ? "an HTML page" : `an HTML page titled "${shorten(title)}"`;
}

function shorten(text: string): string {
  if (text.length <= MAX_MESSAGE_LENGTH) return text;
  return `${text.slice(0, MAX_MESSAGE_LENGTH).replace(/[\ud800-\udbff]$/, "")}…`;
}
