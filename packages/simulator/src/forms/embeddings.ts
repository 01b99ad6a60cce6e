import { type Json, type JsonObject, seededRandom } from "tideover/engine";
import { hashText } from "../text/hash-text.ts";
import { estimateTokens } from "../text/token-estimate.ts";

/** Length of a vector when the request does not say. */
const DEFAULT_DIMENSIONS = 64;
/** Longest vector. */
const MOST_DIMENSIONS = 4_096;

/** The inputs of an embeddings request: one text, several, or token numbers, which are embedded as their digits. */
function inputsOf(input: Json | undefined): string[] {
  if (!Array.isArray(input)) return [String(input ?? "")];
  if (input.every((item) => typeof item === "number")) return [input.join(" ")];
  return input.map((item) => (Array.isArray(item) ? item.join(" ") : String(item)));
}

/** A unit vector, the same for the same text and seed. */
function embeddingOf(text: string, dimensions: number, textSeed: number): Float32Array {
  const random = seededRandom(hashText(text, textSeed));
  const vector = Float32Array.from({ length: dimensions }, () => random.next() * 2 - 1);
  const length = Math.hypot(...vector);
  return vector.map((value) => value / length);
}

function base64(vector: Float32Array): string {
  let binary = "";
  for (const byte of new Uint8Array(vector.buffer)) binary += String.fromCharCode(byte);
  return btoa(binary);
}

/** The answer to an embeddings request, as JSON text; `encoding_format` base64 gives little-endian floats. */
export function embeddingsDocument(body: JsonObject, textSeed: number): { json: string; promptTokens: number } {
  const inputs = inputsOf(body.input);
  const asked = typeof body.dimensions === "number" ? Math.floor(body.dimensions) : DEFAULT_DIMENSIONS;
  const dimensions = Math.min(MOST_DIMENSIONS, Math.max(1, asked));
  const promptTokens = inputs.reduce((sum, input) => sum + estimateTokens(input), 0);
  const data = inputs.map((input, index) => {
    const vector = embeddingOf(input, dimensions, textSeed);
    return { object: "embedding", index, embedding: body.encoding_format === "base64" ? base64(vector) : [...vector] };
  });
  const usage = { prompt_tokens: promptTokens, total_tokens: promptTokens };
  return { json: JSON.stringify({ object: "list", data, model: body.model, usage }), promptTokens };
}
