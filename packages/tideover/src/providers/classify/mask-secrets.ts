/** What takes the place of a key. */
const MASK = "****";

/** Keys shorter than this are not searched for as text: they would match by chance. */
const MIN_KEY_LENGTH = 8;

/**
 * The text without anything that is or looks like a key: the given one, `sk-…` keys, and what follows `Bearer`. Forms
 * that are masked already (`****abcd`, as DeepSeek answers) stay, since they help to find out which key it was.
 */
export function maskSecrets(text: string, apiKey?: string): string {
  const known = apiKey !== undefined && apiKey.length >= MIN_KEY_LENGTH ? text.replaceAll(apiKey, MASK) : text;
  return known
    .replace(/\b(sk|gsk|hf|nvapi)[-_][A-Za-z0-9_-]{8,}/g, `$1-${MASK}`)
    .replace(/\b(Bearer\s+)(?!\*)[A-Za-z0-9._~+/=-]{8,}/gi, `$1${MASK}`);
}
