import { type Random, seededRandom } from "tideover/engine";
import { type GenerationEnd, generate } from "../decoding/generate.ts";
import { JsonAutomaton } from "../decoding/json-automaton.ts";
import type { SamplingOptions } from "../decoding/sampler.ts";
import { ANSWER_TOKENS } from "../defaults.ts";
import type { SamplingDefaults } from "../folder/read-model-folder.ts";
import type { ChatPrompt } from "../text/chat-prompt.ts";
import type { Beginning, Piece } from "../text/think-split.ts";
import type { LoadedModel } from "./load-model.ts";
import type { ChatRequest, RefusalReason } from "./messages.ts";

/** A request that this model cannot serve. */
export interface Refusal {
  readonly type: "refusal";
  readonly reason: RefusalReason;
  readonly message: string;
}

/** A request in the model's own terms. */
export interface PreparedRequest {
  readonly type: "prepared";
  readonly promptTokens: number;
  /** Writes the answer. */
  run(aborted: () => boolean, emit: (piece: Piece) => void): Promise<GenerationEnd>;
}

/** Brings a request into the model's terms, or says why it cannot be served. */
export function prepareRequest(loaded: LoadedModel, request: ChatRequest): PreparedRequest | Refusal {
  const { codec, decoder, model, facts } = loaded;
  const prompt = render(loaded, request);
  if ("type" in prompt) return prompt;
  const tokens = codec.encode(prompt.text);
  const room = facts.contextTokens - tokens.length;
  if (room < 1) {
    const message = `The prompt has ${tokens.length} tokens; with its answer it must stay within ${facts.contextTokens}.`;
    return { type: "refusal", reason: "context-too-long", message };
  }
  const jsonStart = request.json ? (request.start?.content ?? "") : undefined;
  if (jsonStart !== undefined && !new JsonAutomaton().accepts(jsonStart)) {
    const message = "JSON was asked for, and the text to go on from is not the beginning of a JSON object.";
    return { type: "refusal", reason: "prefix-not-json", message };
  }
  return {
    type: "prepared",
    promptTokens: tokens.length,
    run: (aborted, emit) =>
      generate(
        {
          prompt: tokens,
          begins: beginningOf(prompt, request),
          maxTokens: Math.min(request.maxTokens ?? ANSWER_TOKENS, room),
          stop: request.stop,
          sampling: samplingFor(request, model.sampling),
          jsonStart,
        },
        { decoder, codec, endTokens: new Set(model.endTokens), random: randomFor(request.seed), aborted, emit },
      ),
  };
}

function beginningOf({ thinks }: ChatPrompt, { start }: ChatRequest): Beginning {
  if (thinks) return (start?.reasoning ?? "") === "" ? "opened" : "reasoning";
  return (start?.content ?? "") === "" ? "start" : "content";
}

function render({ renderer }: LoadedModel, { messages, start }: ChatRequest): ChatPrompt | Refusal {
  try {
    return renderer.render(messages, start);
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    const message = `The model's chat template refuses the conversation: ${why}`;
    return { type: "refusal", reason: "prompt-refused", message };
  }
}

/** The caller's word, then the model's own, then OpenAI's defaults. */
function samplingFor(request: ChatRequest, own: SamplingDefaults): SamplingOptions {
  return {
    temperature: request.temperature ?? own.temperature ?? 1,
    topP: request.topP ?? own.topP ?? 1,
    topK: own.topK ?? 0,
    repetitionPenalty: own.repetitionPenalty ?? 1,
    frequencyPenalty: request.frequencyPenalty ?? 0,
    presencePenalty: request.presencePenalty ?? 0,
  };
}

function randomFor(seed: number | undefined): Random {
  return seededRandom(seed ?? crypto.getRandomValues(new Uint32Array(1))[0] ?? 0);
}
