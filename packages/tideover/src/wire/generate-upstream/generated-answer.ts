import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import type { GenerateRequest } from "./generate-request.ts";
import { StopFilter } from "./stop-filter.ts";

/** What the answer of a `generate` endpoint does not say itself. */
export interface GeneratedFacts extends Pick<GenerateRequest, "prompt" | "stops" | "maxTokens"> {
  readonly id: string;
  /** Whole seconds since the Unix epoch. */
  readonly created: number;
  readonly model: string;
}

/**
 * Makes a chat answer of what a `generate` endpoint gives, piece by piece. Pure.
 *
 * The wire has no end mark, no token counts and no reason to finish (unless vLLM's additional outputs are on), so that
 * the reason is judged: a stop text or fewer pieces than tokens were allowed is `stop`, else `length`.
 */
export class GeneratedAnswer {
  readonly #facts: GeneratedFacts;
  readonly #filter: StopFilter;
  #pieces = 0;
  #finish: string | undefined;
  #promptTokens: number | undefined;
  #completionTokens: number | undefined;
  /** What of the prompt may still be repeated in front of the answer; empty: it was, or it is not. */
  #echo: string;
  #before = "";

  constructor(facts: GeneratedFacts) {
    this.#facts = facts;
    this.#filter = new StopFilter(facts.stops);
    this.#echo = facts.prompt;
  }

  /** A part of the answer has come. */
  get hasBegun(): boolean {
    return this.#pieces > 0;
  }

  /** A stop text has come; the rest is not wanted. */
  get stopped(): boolean {
    return this.#filter.stopped;
  }

  /** The text that one response adds; undefined when it is no response of this kind. */
  push(response: JsonObject): string | undefined {
    const output = textOf(response.text_output);
    if (output === undefined) return undefined;
    this.#pieces++;
    const { finish_reason: reason, num_input_tokens: input, num_output_tokens: made } = response;
    if (reason === "stop" || reason === "length") this.#finish = reason;
    if (typeof input === "number") this.#promptTokens = input;
    if (typeof made === "number") this.#completionTokens = (this.#completionTokens ?? 0) + made;
    return this.#filter.push(this.#withoutEcho(output));
  }

  /** What was held back; to be asked once, at the end. */
  rest(): string {
    const unclear = this.#before;
    this.#before = "";
    return this.#filter.push(unclear) + this.#filter.end();
  }

  get finishReason(): "stop" | "length" {
    if (this.#filter.stopped) return "stop";
    if (this.#finish !== undefined) return this.#finish === "length" ? "length" : "stop";
    return this.#pieces >= this.#facts.maxTokens ? "length" : "stop";
  }

  /** Token counts, where the server gave them. */
  get usage(): JsonObject | undefined {
    const prompt = this.#promptTokens;
    const completion = this.#completionTokens;
    if (prompt === undefined || completion === undefined) return undefined;
    return { prompt_tokens: prompt, completion_tokens: completion, total_tokens: prompt + completion };
  }

  chunk(delta: JsonObject, finishReason: string | null = null): JsonObject {
    return { ...this.#head("chat.completion.chunk"), choices: [{ index: 0, delta, finish_reason: finishReason }] };
  }

  document(content: string): JsonObject {
    const { usage } = this;
    const message = { role: "assistant", content };
    return {
      ...this.#head("chat.completion"),
      choices: [{ index: 0, message, finish_reason: this.finishReason }],
      ...(usage === undefined ? {} : { usage }),
    };
  }

  #head(object: string): JsonObject {
    const { id, created, model } = this.#facts;
    return { id, object, created, model };
  }

  /**
   * Unstreamed, vLLM's backend repeats the prompt in front of the answer (`exclude_input_in_output` is false there);
   * some pipelines do so in streams, in as many pieces as they please.
   */
  #withoutEcho(output: string): string {
    if (this.#echo === "") return output;
    const text = this.#before + output;
    // What came before is the beginning of the prompt: only the new piece is compared.
    if (text.length < this.#echo.length && this.#echo.startsWith(output, this.#before.length)) {
      this.#before = text;
      return "";
    }
    const echoed = text.startsWith(this.#echo);
    const answer = echoed ? text.slice(this.#echo.length) : text;
    this.#echo = "";
    this.#before = "";
    return answer;
  }
}

/** One text, also as a list of one: an output tensor has a dimension. */
function textOf(output: Json | undefined): string | undefined {
  if (typeof output === "string") return output;
  const [first, ...others] = Array.isArray(output) ? (output as readonly Json[]) : [];
  return typeof first === "string" && others.length === 0 ? first : undefined;
}

/** The error of a response; undefined where it is none. */
export function errorOf(response: Json | undefined): JsonObject | undefined {
  const error = isJsonObject(response) ? (response.error ?? undefined) : undefined;
  if (error === undefined) return undefined;
  return { error: isJsonObject(error) ? error : { message: String(error) } };
}
