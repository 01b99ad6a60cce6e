import { type CallerError, callerError, type HttpRequest, type HttpResponse, type WholeResponse } from "tideover/front";

/** What an admin endpoint answers with: an error, something that is told as JSON, or a response of its own. */
export type AdminReply = CallerError | { readonly json: unknown } | { readonly response: HttpResponse };

/** A JSON response that nobody stores. */
export function jsonReply(body: unknown, requestId: string): WholeResponse {
  return {
    status: 200,
    headers: { "content-type": "application/json", "cache-control": "no-store", "tideover-request-id": requestId },
    body: Buffer.from(JSON.stringify(body)),
  };
}

/** The error for something that is not there. */
export function notFound(message: string): CallerError {
  return callerError("invalid_request", message, { status: 404 });
}

/**
 * A request's JSON body.
 * @returns the error for one that is too large, not said to be JSON (a foreign page's form could send anything else) or
 *   no object
 */
export function readJsonBody(
  request: HttpRequest,
  mostBytes: number,
): { readonly body: Readonly<Record<string, unknown>> } | CallerError {
  if (!/^application\/json\b/i.test(request.header("content-type") ?? "")) {
    return callerError("invalid_request", "This takes a JSON body: send `content-type: application/json`.");
  }
  if (request.body.length > mostBytes) {
    return callerError("payload_too_large", `The request body is larger than ${mostBytes} bytes.`);
  }
  try {
    const body: unknown = JSON.parse(Buffer.from(request.body).toString("utf8"));
    if (typeof body === "object" && body !== null && !Array.isArray(body)) {
      return { body: body as Readonly<Record<string, unknown>> };
    }
    return callerError("invalid_request", "The body must be a JSON object.");
  } catch (error) {
    if (!(error instanceof SyntaxError)) throw error;
    return callerError("invalid_request", `The body is not JSON: ${error.message}`);
  }
}

/** Reads a query strictly: only known members, each at most once and not empty. */
export function readQuery<const Names extends readonly string[]>(
  query: URLSearchParams,
  names: Names,
): Partial<Record<Names[number], string>> | string {
  for (const name of query.keys()) {
    if (!names.includes(name))
      return `"${name}" is not known here; there ${names.length === 1 ? "is" : "are"} ${names.join(", ")}.`;
    if (query.getAll(name).length > 1) return `"${name}" is given twice.`;
    if (query.get(name) === "") return `"${name}" is empty.`;
  }
  return Object.fromEntries(query.entries()) as Partial<Record<Names[number], string>>;
}

/** A whole number of a query, or what is wrong with it. */
export function readCount(name: string, text: string | undefined, otherwise: number, most: number): number | string {
  if (text === undefined) return otherwise;
  const count = Number(text);
  return Number.isInteger(count) && count >= 1 && count <= most
    ? count
    : `"${name}" must be a whole number from 1 to ${most}, not ${JSON.stringify(text)}.`;
}
