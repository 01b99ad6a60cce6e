import { hashText } from "../text/hash-text.ts";

/** Log probability that the model claims for a token: between -2 and 0, the same for the same token. */
function logprobOf(token: string): number {
  return -(hashText(token, 17) % 2000) / 1000;
}

/** Words that the model claims to have considered instead. */
const ALTERNATIVES = [" or", "或", " maybe", "也许", " tide", "水"];

function entry(token: string, lower: number) {
  return {
    token,
    logprob: Math.round((logprobOf(token) - lower) * 1000) / 1000,
    bytes: [...new TextEncoder().encode(token)],
  };
}

function entries(tokens: readonly string[], top: number) {
  return tokens.map((token) => {
    const others = Array.from({ length: Math.max(0, top - 1) }, (_, index) =>
      entry(ALTERNATIVES[index % ALTERNATIVES.length] as string, 2 + index),
    );
    return { ...entry(token, 0), top_logprobs: top === 0 ? [] : [entry(token, 0), ...others] };
  });
}

/** The `logprobs` of a chat choice or chunk, as JSON text; `top` undefined: none were asked for. */
export function chatLogprobs(
  content: readonly string[] | undefined,
  reasoning: readonly string[] | undefined,
  top: number | undefined,
): string {
  if (top === undefined) return "null";
  return JSON.stringify({
    content: content === undefined ? null : entries(content, top),
    ...(reasoning === undefined ? {} : { reasoning_content: entries(reasoning, top) }),
  });
}

/** The `logprobs` of a text completion, as JSON text. `offset`: characters before the first token. */
export function completionLogprobs(tokens: readonly string[], top: number | undefined, offset: number): string {
  if (top === undefined) return "null";
  let position = offset;
  const offsets = tokens.map((token) => {
    const at = position;
    position += token.length;
    return at;
  });
  return JSON.stringify({
    tokens,
    token_logprobs: tokens.map(logprobOf),
    top_logprobs: tokens.map((token) => ({ [token]: logprobOf(token) })),
    text_offset: offsets,
  });
}
