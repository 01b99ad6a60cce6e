import type { Random } from "tideover/engine";
import { MOST_REFUSED_TOKENS, PREFILL_TOKENS } from "../defaults.ts";
import { GrowingText } from "../text/growing-text.ts";
import { StopText } from "../text/stop-text.ts";
import type { TextCodec } from "../text/text-codec.ts";
import { type Beginning, type Piece, ThinkSplit } from "../text/think-split.ts";
import type { Decoder, Sequence } from "./decoder.ts";
import { JsonAutomaton } from "./json-automaton.ts";
import { Sampler, type SamplingOptions } from "./sampler.ts";

/** What is to be written. */
export interface GenerationRequest {
  readonly prompt: readonly number[];
  /** What the text begins as; see {@link ThinkSplit}. */
  readonly begins: Beginning;
  /** Most tokens of the answer. */
  readonly maxTokens: number;
  readonly stop: readonly string[];
  readonly sampling: SamplingOptions;
  /** The answer must be a JSON object, of which this much is there; undefined: any text will do. */
  readonly jsonStart?: string | undefined;
}

/** What writes it. */
export interface GenerationParts {
  readonly decoder: Decoder;
  readonly codec: TextCodec;
  readonly endTokens: ReadonlySet<number>;
  readonly random: Random;
  /** Asked before each run of the model; true ends the writing there. */
  aborted(): boolean;
  /** Takes each piece as it comes. */
  emit(piece: Piece): void;
}

/** How a text ended. */
export interface GenerationEnd {
  readonly finish: "stop" | "length" | "aborted";
  readonly completionTokens: number;
}

/** Writes one text, token by token. */
export async function generate(request: GenerationRequest, parts: GenerationParts): Promise<GenerationEnd> {
  const sequence = parts.decoder.begin();
  let logits = await prefill(sequence, request.prompt, parts);
  const writing = new Writing(request, parts);
  for (let count = 0; ; count++) {
    if (logits === undefined || parts.aborted()) return { finish: "aborted", completionTokens: count };
    if (count >= request.maxTokens) return writing.end("length", count);
    const token = writing.next(logits);
    if (token === undefined) return writing.end("stop", count + 1);
    if (writing.finished) return writing.end("stop", count + 1);
    logits = count + 1 < request.maxTokens ? await sequence.advance([token]) : logits;
  }
}

/** @returns the logits after the prompt; undefined when it was given up on the way. */
async function prefill(
  sequence: Sequence,
  prompt: readonly number[],
  { aborted }: GenerationParts,
): Promise<Float32Array | undefined> {
  let logits: Float32Array | undefined;
  for (let at = 0; at < prompt.length; at += PREFILL_TOKENS) {
    if (aborted()) return undefined;
    logits = await sequence.advance(prompt.slice(at, at + PREFILL_TOKENS));
  }
  return logits;
}

/** The text in the making: from logits to pieces. */
class Writing {
  readonly #parts: GenerationParts;
  readonly #sampler: Sampler;
  readonly #text: GrowingText;
  readonly #split: ThinkSplit;
  readonly #stop: StopText;
  readonly #json: JsonAutomaton | undefined;

  constructor(request: GenerationRequest, parts: GenerationParts) {
    this.#parts = parts;
    this.#sampler = new Sampler(request.sampling, parts.random, request.prompt);
    this.#text = new GrowingText(parts.codec);
    this.#split = new ThinkSplit(request.begins);
    this.#stop = new StopText(request.stop);
    this.#json = request.jsonStart === undefined ? undefined : new JsonAutomaton();
    this.#json?.push(request.jsonStart ?? "");
  }

  /** A stop text has come, or the JSON object is complete. */
  get finished(): boolean {
    return this.#stop.stopped || this.#json?.done === true;
  }

  /** Chooses the next token and passes its text on. @returns undefined at the end of the text. */
  next(logits: Float32Array): number | undefined {
    this.#sampler.adjust(logits);
    const token = this.#choose(logits);
    if (token === undefined || this.#parts.endTokens.has(token)) return undefined;
    this.#sampler.took(token);
    this.#pass(this.#split.push(this.#text.push(token)));
    return token;
  }

  end(finish: "stop" | "length", completionTokens: number): GenerationEnd {
    if (!this.#stop.stopped) {
      this.#pass(this.#split.push(this.#text.end()));
      this.#pass(this.#split.end());
      const last = this.#stop.end();
      if (last !== "") this.#parts.emit({ kind: "content", text: last });
    }
    return { finish: this.finished ? "stop" : finish, completionTokens };
  }

  #pass(pieces: readonly Piece[]): void {
    for (const { kind, text } of pieces) {
      if (kind === "reasoning") {
        this.#parts.emit({ kind, text });
        continue;
      }
      this.#json?.push(text);
      const shown = this.#stop.push(text);
      if (shown !== "") this.#parts.emit({ kind, text: shown });
    }
  }

  /**
   * In JSON mode a token that cannot come is refused and the next likeliest drawn: that gives the same distribution as
   * a mask over all tokens, and costs one look for most of them.
   */
  #choose(logits: Float32Array): number | undefined {
    const json = this.#json;
    if (json === undefined || !this.#split.inContent) return this.#sampler.choose(logits);
    for (let refused = 0; refused < MOST_REFUSED_TOKENS; refused++) {
      const token = this.#sampler.choose(logits);
      if (logits[token] === Number.NEGATIVE_INFINITY) return undefined;
      if (this.#fits(token, json)) return token;
      logits[token] = Number.NEGATIVE_INFINITY;
    }
    for (let token = 0; token < logits.length; token++) {
      if (logits[token] !== Number.NEGATIVE_INFINITY && !this.#fits(token, json)) {
        logits[token] = Number.NEGATIVE_INFINITY;
      }
    }
    const token = this.#sampler.choose(logits);
    return logits[token] === Number.NEGATIVE_INFINITY ? undefined : token;
  }

  #fits(token: number, json: JsonAutomaton): boolean {
    if (this.#parts.endTokens.has(token)) return false;
    const text = this.#text.preview(token);
    // A special token brings no text, and would bring the object no nearer to its end.
    return text !== "" && json.accepts(text);
  }
}
