/** What stands for a value that must not be seen. */
const HIDDEN = "[hidden]";

/** How deep nested values are shown. */
const MAX_DEPTH = 6;

/** Longest list and longest text that are shown; a log entry is no place for more. */
const MAX_ITEMS = 50;
const MAX_TEXT = 2_000;

/** Names (lower case, without `-` and `_`) whose values are credentials, prompts or answers. */
const SECRET_NAMES: ReadonlySet<string> = new Set([
  "authorization",
  "proxyauthorization",
  "xapikey",
  "apikey",
  "apikeys",
  "adminkey",
  "key",
  "keys",
  "secret",
  "token",
  "password",
  "credential",
  "credentials",
  "cookie",
  "setcookie",
  "messages",
  "prompt",
  "prompts",
  "input",
  "suffix",
  "content",
  "reasoningcontent",
  "completion",
  "choices",
  "body",
  "bytes",
  "answer",
  "tools",
]);

/** What looks like a credential inside a text: bearer tokens, `sk-…` keys, and passwords in URLs. */
const SECRETS_IN_TEXT: readonly (readonly [RegExp, string])[] = [
  [/\b(Bearer|Basic)\s+[\w.~+/=-]{4,}/gi, `$1 ${HIDDEN}`],
  [/\b(sk|ark|gsk|key|pk|xai)-[\w-]{8,}/g, `$1-${HIDDEN}`],
  [/(\/\/[^/\s:@]*):[^/\s@]+@/g, `$1:${HIDDEN}@`],
];

/** Whether a text could hold any of {@link SECRETS_IN_TEXT}: one look that nearly all texts of a log end with. */
const SUSPICIOUS = /bearer|basic|(?:sk|ark|gsk|key|pk|xai)-|\/\//i;

/** Whether a text, or the JSON of one, could hold what looks like a credential. */
export function mayHoldSecrets(text: string): boolean {
  return SUSPICIOUS.test(text);
}

/** A text with what looks like a credential masked. */
export function maskSecrets(text: string): string {
  if (!mayHoldSecrets(text)) return text;
  let masked = text;
  for (const [pattern, replacement] of SECRETS_IN_TEXT) masked = masked.replace(pattern, replacement);
  return masked;
}

/**
 * A copy of a value that may be logged: members with secret names and texts that look like credentials are masked at
 * any depth, errors are plain objects, and depth, lists and texts have bounds.
 */
export function redact(value: unknown, depth = 0): unknown {
  if (typeof value === "string") {
    const shown = value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}… (${value.length} characters)` : value;
    return maskSecrets(shown);
  }
  if (typeof value === "bigint") return value.toString();
  if (typeof value !== "object" || value === null) return value;
  if (depth >= MAX_DEPTH) return Array.isArray(value) ? "[…]" : "{…}";
  if (ArrayBuffer.isView(value)) return `[${value.byteLength} bytes]`;
  if (Array.isArray(value)) {
    const items = value.slice(0, MAX_ITEMS).map((item) => redact(item, depth + 1));
    return value.length > MAX_ITEMS ? [...items, `… ${value.length - MAX_ITEMS} more`] : items;
  }
  if (value instanceof Error) return redactError(value, depth);
  if (value instanceof Date || value instanceof URL) return maskSecrets(value.toJSON());
  const shown: Record<string, unknown> = {};
  for (const [name, member] of Object.entries(value)) {
    if (member === undefined) continue;
    const secret = SECRET_NAMES.has(name.toLowerCase().replace(/[-_]/g, ""));
    shown[name] = secret ? HIDDEN : redact(member, depth + 1);
  }
  return shown;
}

function redactError(error: Error, depth: number): unknown {
  const { code } = error as { code?: unknown };
  return {
    type: error.name,
    message: redact(error.message),
    ...(code === undefined ? {} : { code: redact(code, depth + 1) }),
    ...(error.stack === undefined ? {} : { stack: redact(error.stack) }),
    ...(error.cause === undefined ? {} : { cause: redact(error.cause, depth + 1) }),
  };
}
