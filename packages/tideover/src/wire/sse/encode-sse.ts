const encoder = new TextEncoder();

/** A comment that keeps a silent connection open; every SSE client ignores it. */
export const KEEP_ALIVE: Uint8Array = encoder.encode(": keep-alive\n\n");

/** The end of a whole answer in the OpenAI form. A cut one must not carry it. */
export const DONE: Uint8Array = encoder.encode("data: [DONE]\n\n");

/** One event to be sent. */
export interface SseEvent {
  readonly data: string;
  /** The event's type; absent means `message`. One line. */
  readonly event?: string | undefined;
  /** What a client sends back as `Last-Event-ID`. One line, without NUL. */
  readonly id?: string | undefined;
}

/**
 * One event that carries a JSON text, on one line. A raw line break in JSON can only stand between tokens, so a space
 * takes its place: clients that read line by line, as many do, then get the whole text at once.
 */
export function encodeJson(json: string): Uint8Array {
  const line = json.includes("\n") || json.includes("\r") ? json.replace(/[\r\n]/g, " ") : json;
  return encoder.encode(`data: ${line}\n\n`);
}

/**
 * One event with its type and identifier.
 * @throws RangeError when `event` or `id` holds a line break (or `id` a NUL), which would forge another field.
 */
export function encodeEvent(event: SseEvent): Uint8Array {
  let text = "";
  if (event.event !== undefined) text += `event: ${oneLine("event", event.event)}\n`;
  if (event.id !== undefined) text += `id: ${oneLine("id", event.id)}\n`;
  return encoder.encode(`${text}${dataLines(event.data)}\n`);
}

function dataLines(data: string): string {
  if (!data.includes("\n") && !data.includes("\r")) return `data: ${data}\n`;
  return data
    .split(/\r\n|\r|\n/)
    .map((line) => `data: ${line}\n`)
    .join("");
}

function oneLine(field: string, value: string): string {
  if (/[\r\n]/.test(value) || (field === "id" && value.includes("\0"))) {
    throw new RangeError(`The SSE field "${field}" must be one line without NUL; it is ${JSON.stringify(value)}.`);
  }
  return value;
}
