import { isJsonObject, type JsonObject } from "tideover/engine";

/** Adds up the usage of answers, in the form that OpenAI's batches tell it. All in tokens. */
export class UsageTally {
  #input = 0;
  #cached = 0;
  #output = 0;
  #reasoning = 0;

  /** @param body JSON text of an answer; one without usage adds nothing. */
  add(body: string): void {
    const { usage } = objectOf(body);
    if (!isJsonObject(usage)) return;
    this.#input += numberIn(usage, "prompt_tokens");
    this.#output += numberIn(usage, "completion_tokens");
    this.#cached += isJsonObject(usage.prompt_tokens_details)
      ? numberIn(usage.prompt_tokens_details, "cached_tokens")
      : numberIn(usage, "prompt_cache_hit_tokens");
    if (isJsonObject(usage.completion_tokens_details)) {
      this.#reasoning += numberIn(usage.completion_tokens_details, "reasoning_tokens");
    }
  }

  document(): JsonObject {
    return {
      input_tokens: this.#input,
      input_tokens_details: { cached_tokens: this.#cached },
      output_tokens: this.#output,
      output_tokens_details: { reasoning_tokens: this.#reasoning },
      total_tokens: this.#input + this.#output,
    };
  }
}

function objectOf(body: string): JsonObject {
  try {
    const parsed: unknown = JSON.parse(body);
    return isJsonObject(parsed) ? parsed : {};
  } catch (error) {
    if (error instanceof SyntaxError) return {};
    throw error;
  }
}

function numberIn(object: JsonObject, name: string): number {
  const value = object[name];
  return typeof value === "number" && Number.isFinite(value) ? value : 0;
}
