import { isJsonObject, type Operation } from "tideover/engine";
import { isCallerError, parseRequest } from "tideover/front";
import { BATCH_ENDPOINTS, type BatchEndpointPath, type Flaw } from "./batch.ts";
import { MOST_DEPTH, MOST_ID_LENGTH, MOST_LINE_BYTES } from "./defaults.ts";
import type { FileLine } from "./read-lines.ts";

/** A line of an input file, read. */
export interface RequestLine {
  readonly number: number;
  readonly customId: string;
  readonly operation: Operation;
  readonly model: string;
  /** The body of the request. */
  readonly bytes: Uint8Array;
}

/** What lines are checked against. */
export interface LineTerms {
  readonly endpoint: BatchEndpointPath;
  /** Why a model cannot be asked in a batch; undefined where it can. */
  whyNot(model: string): string | undefined;
}

/** Whether what was read is a flaw. */
export function isFlaw(read: RequestLine | Flaw): read is Flaw {
  return "code" in read;
}

const decoder = new TextDecoder("utf-8", { fatal: true });

/** Reads a line `{ custom_id, method, url, body }`, or says what is wrong with it, in OpenAI's codes where it has one. */
export function readRequestLine({ number, bytes }: FileLine, { endpoint, whyNot }: LineTerms): RequestLine | Flaw {
  const flaw = (code: string, message: string, param: string | null = null): Flaw => ({
    code,
    message,
    param,
    line: number,
  });
  if (bytes === undefined) return flaw("line_too_long", `The line is longer than ${MOST_LINE_BYTES} bytes.`);
  const line = parsed(bytes);
  if (!isJsonObject(line)) return flaw("invalid_json_line", "This line is not parseable as valid JSON.");
  const { custom_id: customId, method, url, body } = line;
  if (typeof customId !== "string" || customId === "") {
    return flaw("missing_required_parameter", "`custom_id` is missing; it must be a text.", "custom_id");
  }
  if (customId.length > MOST_ID_LENGTH) {
    const message = `\`custom_id\` is longer than ${MOST_ID_LENGTH} characters.`;
    return flaw("invalid_custom_id", message, "custom_id");
  }
  if (method !== "POST") return flaw("invalid_method", '`method` must be "POST".', "method");
  if (url !== endpoint) {
    const message = `\`url\` must be the batch's endpoint, ${endpoint}.`;
    return flaw(url === undefined ? "missing_required_parameter" : "invalid_url", message, "url");
  }
  if (!isJsonObject(body)) {
    return flaw("missing_required_parameter", "`body` is missing; it must be the request, an object.", "body");
  }
  const request = parseRequest(new TextEncoder().encode(JSON.stringify(body)), {
    operation: BATCH_ENDPOINTS[endpoint],
    beta: false,
    maxDepth: MOST_DEPTH,
  });
  if (isCallerError(request)) {
    const param = request.param === undefined ? "body" : `body.${request.param}`;
    return flaw("invalid_request", request.message, param);
  }
  const why = whyNot(request.model);
  if (why !== undefined) return flaw("model_not_found", why, "body.model");
  return { number, customId, operation: request.operation, model: request.model, bytes: request.bytes };
}

function parsed(bytes: Uint8Array): unknown {
  try {
    return JSON.parse(decoder.decode(bytes));
  } catch (error) {
    // Not UTF-8, or not JSON.
    if (error instanceof TypeError || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
