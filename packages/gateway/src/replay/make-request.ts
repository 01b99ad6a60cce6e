import type { JsonObject } from "tideover/engine";
import type { TraceEntry } from "./trace.ts";

/** Tokens per character of Latin text, as DeepSeek's own rule of thumb for its tokenizer states it. */
const TOKENS_PER_CHARACTER = 0.3;
const FILLER =
  "The harbour office keeps a log of every ship that waits for the tide: its name, its cargo, how deep it lies and " +
  "how long it can wait. Each entry is read again in the evening, and what has changed is written below it. ";

/** What all requests of a replay have in common. */
export interface RequestShape {
  readonly model: string;
  readonly stream: boolean;
}

/**
 * A chat request with a prompt and an answer of about the lengths that a trace states. The prompt is told apart by
 * its number in its first words, so that no provider finds it in its prefix cache. The answer's length is asked for
 * twice: as the most tokens, and in words that the simulated provider understands.
 */
export function makeRequest(entry: TraceEntry, number: number, { model, stream }: RequestShape): JsonObject {
  // An answer without content is a fault; a request of the trace that got none asks for the shortest one.
  const tokens = Math.max(1, entry.outputTokens);
  const head = `Request ${number}. Write on about this: `;
  const tail = `\nsim_output_tokens=${tokens}`;
  const characters = Math.round(entry.promptTokens / TOKENS_PER_CHARACTER);
  const fill = Math.max(0, characters - head.length - tail.length);
  const filler = FILLER.repeat(Math.ceil(fill / FILLER.length)).slice(0, fill);
  return {
    model,
    messages: [{ role: "user", content: `${head}${filler}${tail}` }],
    max_tokens: tokens,
    ...(stream ? { stream: true } : {}),
  };
}
