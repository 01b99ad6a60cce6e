import { type CallRequest, isJsonObject, type JsonObject, type Operation } from "../engine/index.ts";
import { type CallerError, callerError } from "./errors.ts";
import { locateJsonError } from "./locate-json-error.ts";

/** Longest model name that is looked up, logged and quoted (UTF-16 code units). */
const MOST_MODEL_LENGTH = 256;

/** UTF-8's byte order mark, which some Windows clients send and JSON does not know. */
const BYTE_ORDER_MARK = [0xef, 0xbb, 0xbf] as const;

const decoder = new TextDecoder("utf-8", { fatal: true });

/** What a body is read as. */
export interface ParseOptions {
  readonly operation: Operation;
  /** The path promises DeepSeek's beta features; its completions are fill-in-the-middle. */
  readonly beta: boolean;
  readonly maxDepth: number;
}

/**
 * Reads a request body once and checks what Tideover itself relies on; everything else is the provider's to judge.
 * @returns the request, or an `invalid_request` that names the wrong field.
 */
export function parseRequest(bytes: Uint8Array, options: ParseOptions): CallRequest | CallerError {
  const body = parseObject(withoutByteOrderMark(bytes), options.maxDepth);
  if ("error" in body) return body.error;
  const { object } = body;
  const operation =
    options.operation === "completions" && (options.beta || isGiven(object.suffix)) ? "fim" : options.operation;
  const flaw = checkModel(object) ?? checkStream(object) ?? checkInput(object, operation);
  if (flaw !== undefined) return flaw;
  const stream = operation !== "embeddings" && object.stream === true;
  const { stream_options: streamOptions } = object;
  return {
    operation,
    model: object.model as string,
    body: object,
    bytes: withoutByteOrderMark(bytes),
    stream,
    includeUsage: stream && isJsonObject(streamOptions) && streamOptions.include_usage === true,
  };
}

type ParsedObject = { readonly object: JsonObject } | { readonly error: CallerError };

/** The JSON object that a body holds, or what is wrong with the body. */
export function parseObject(bytes: Uint8Array, maxDepth: number): ParsedObject {
  if (bytes.length === 0) return { error: invalid("The request body is empty; send a JSON object.") };
  let text: string;
  try {
    text = decoder.decode(bytes);
  } catch (error) {
    if (error instanceof TypeError) return { error: invalid("The request body is not valid UTF-8.") };
    throw error;
  }
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return { error: notJson(text) };
    throw error;
  }
  if (!isJsonObject(value)) return { error: invalid("The request body must be a JSON object.") };
  if (isDeeperThan(value, maxDepth)) {
    return { error: invalid(`The request body nests objects and arrays deeper than ${maxDepth} levels.`) };
  }
  return { object: value };
}

function notJson(text: string): CallerError {
  const flaw = locateJsonError(text);
  const place = flaw === undefined ? "" : ` at line ${flaw.line}, column ${flaw.column} (offset ${flaw.offset})`;
  const expected = flaw === undefined ? "" : `: expected ${flaw.expected}`;
  return invalid(`The request body is not valid JSON${place}${expected}.`);
}

/** What is wrong with a body's `model`, if anything is. */
export function checkModel({ model }: JsonObject): CallerError | undefined {
  if (typeof model !== "string" || model.trim() === "") {
    const flaw = isGiven(model) && model !== "" ? "no name" : "missing";
    return invalid(`The field \`model\` is ${flaw}; it must be the name of a model (see /v1/models).`, "model");
  }
  if (model.length > MOST_MODEL_LENGTH) {
    return invalid(`The field \`model\` is longer than ${MOST_MODEL_LENGTH} characters.`, "model");
  }
  return undefined;
}

function checkStream({ stream, stream_options: options }: JsonObject): CallerError | undefined {
  if (isGiven(stream) && typeof stream !== "boolean") {
    return invalid("The field `stream` must be true or false.", "stream");
  }
  if (isGiven(options) && !isJsonObject(options)) {
    return invalid("The field `stream_options` must be an object.", "stream_options");
  }
  return undefined;
}

function checkInput(body: JsonObject, operation: Operation): CallerError | undefined {
  if (operation === "chat") return checkMessages(body.messages);
  if (operation === "embeddings") return checkText("input", body.input);
  if (operation === "fim" && typeof body.prompt !== "string") {
    return invalid("The field `prompt` must be a string for a fill-in-the-middle completion.", "prompt");
  }
  return checkText("prompt", body.prompt);
}

function checkMessages(messages: JsonObject[string]): CallerError | undefined {
  if (!Array.isArray(messages) || messages.length === 0) {
    return invalid("The field `messages` must be an array with at least one message.", "messages");
  }
  const wrong = messages.findIndex((message) => !isJsonObject(message) || typeof message.role !== "string");
  if (wrong < 0) return undefined;
  return invalid(`\`messages[${wrong}]\` must be an object with a \`role\`.`, `messages[${wrong}]`);
}

function checkText(field: string, value: JsonObject[string]): CallerError | undefined {
  if (typeof value === "string" || (Array.isArray(value) && value.length > 0)) return undefined;
  return invalid(`The field \`${field}\` must be a string or an array that is not empty.`, field);
}

/** OpenAI's clients send null for what was left out. */
function isGiven(value: JsonObject[string]): boolean {
  return value !== undefined && value !== null;
}

function withoutByteOrderMark(bytes: Uint8Array): Uint8Array {
  return BYTE_ORDER_MARK.every((byte, index) => bytes[index] === byte) ? bytes.subarray(BYTE_ORDER_MARK.length) : bytes;
}

/** Walks level by level, without recursion: the text that it guards against is made to overflow stacks. */
function isDeeperThan(root: JsonObject, maxDepth: number): boolean {
  let level: object[] = [root];
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > maxDepth) return true;
    const below: object[] = [];
    for (const node of level) {
      // Object.values of an array of a million numbers would copy it; arrays are walked in place.
      const children: readonly unknown[] = Array.isArray(node) ? node : Object.values(node);
      for (const child of children) if (typeof child === "object" && child !== null) below.push(child);
    }
    level = below;
  }
  return false;
}

function invalid(message: string, param?: string): CallerError {
  return callerError("invalid_request", message, { param });
}
