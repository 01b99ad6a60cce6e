import { type Arrival, expectedAnswer, requestBody } from "@tideover/simulator";
import OpenAI from "openai";
import type { JsonObject } from "tideover/engine";

/** A first token later than this is no live answer any more, ms. */
const LIVE_MS = 10_000;
/** How long a caller waits for a first token, ms: the route's deadline, and what the network needs on top. */
export const DEADLINE_MS = 60_000;
const NETWORK_MS = 500;
/** A stream that is silent for so long is given up by its caller, ms; the engine's own gap is 45 s. */
const SILENCE_MS = 120_000;

/** What became of a call, in the words of the simulator. */
export type Verdict = "live" | "late" | "degraded" | "flagged" | "failed" | "wrong";

/** How a real OpenAI client asks. */
export interface Asking {
  readonly baseUrl: string;
  readonly retries: number;
  readonly headers?: Readonly<Record<string, string>> | undefined;
}

/** One request of the official client, read to its end. Never rejects. */
export async function askOnce(asking: Asking, index: number, arrival: Arrival, model: string): Promise<Verdict> {
  const client = new OpenAI({
    baseURL: asking.baseUrl,
    apiKey: "sk-cross-check",
    maxRetries: asking.retries,
    timeout: DEADLINE_MS + NETWORK_MS,
    ...(asking.headers === undefined ? {} : { defaultHeaders: { ...asking.headers } }),
  });
  const body = bodyOf(index, arrival, model);
  const startedAt = performance.now();
  const patience = new AbortController();
  let timer: NodeJS.Timeout | undefined;
  let text = "";
  let firstMs: number | undefined;
  let degraded = false;
  try {
    const { data: stream, response } = await client.chat.completions
      .create(body as unknown as OpenAI.ChatCompletionCreateParamsStreaming, { signal: patience.signal })
      .withResponse();
    // Until here the client's own time-out holds, for each of its tries; from here on there is none.
    timer = setTimeout(() => patience.abort(), DEADLINE_MS + NETWORK_MS);
    degraded = response.headers.get("tideover-degraded") === "?1";
    for await (const chunk of stream) {
      const piece = chunk.choices[0]?.delta.content ?? "";
      degraded ||= isDegraded(chunk);
      if (piece === "") continue;
      text += piece;
      firstMs ??= performance.now() - startedAt;
      clearTimeout(timer);
      timer = setTimeout(() => patience.abort(), SILENCE_MS);
    }
  } catch (error) {
    // Whatever the client throws is an answer that did not come, or that broke and was told so.
    if (!(error instanceof Error)) throw error;
    return text === "" ? "failed" : "flagged";
  } finally {
    clearTimeout(timer);
  }
  // A reader that is left in silence ends without an error; the answer is not whole all the same.
  if (patience.signal.aborted) return text === "" ? "failed" : "flagged";
  if (degraded) return "degraded";
  if (text !== expectedAnswer(body).content) return "wrong";
  return (firstMs ?? Number.POSITIVE_INFINITY) <= LIVE_MS ? "live" : "late";
}

/**
 * The simulator's request, with the length of its answer in the question as well: a proxy may keep `metadata` for itself,
 * and the provider would then answer at another length.
 */
function bodyOf(index: number, arrival: Arrival, model: string): JsonObject {
  const body = requestBody(index, arrival, model, true);
  const content = `Question ${index}: what does the tide do next? sim_output_tokens=${arrival.outputTokens}`;
  return { ...body, messages: [{ role: "user", content }] };
}

/** Tideover's own account, on the last chunk. */
function isDegraded(chunk: OpenAI.ChatCompletionChunk): boolean {
  const { tideover } = chunk as { readonly tideover?: { readonly degraded?: boolean } };
  return tideover?.degraded === true;
}
