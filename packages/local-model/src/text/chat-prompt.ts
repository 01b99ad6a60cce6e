import { Template } from "@huggingface/jinja";
import { isJsonObject, type JsonObject } from "tideover/engine";

/** One turn of a conversation; its content is plain text. */
export interface ChatMessage {
  readonly role: string;
  readonly content: string;
}

/** What the answer has so far, where its rest is asked for. */
export interface AnswerStart {
  readonly reasoning: string;
  readonly content: string;
}

/** A conversation as the model reads it. */
export interface ChatPrompt {
  readonly text: string;
  /** What the model writes next is reasoning, up to the closing tag. */
  readonly thinks: boolean;
}

/** The tag that opens reasoning, and the one that closes it (DeepSeek-R1, Qwen3). */
export const THINK_TAGS = { open: "<think>", close: "</think>" } as const;

/** Renders conversations with a model's own template. */
export interface ChatRenderer {
  /**
   * @param start the beginning of the answer, which the model is to go on from
   * @throws Error when the template refuses the conversation; the message is the template's
   */
  render(messages: readonly ChatMessage[], start?: AnswerStart): ChatPrompt;
}

/**
 * Reads a chat template (Jinja, `chat_template` of `tokenizer_config.json`).
 * @throws Error when it is not one
 */
export function chatRenderer(template: string, tokenizerConfig: JsonObject): ChatRenderer {
  const compiled = new Template(template);
  const special = {
    bos_token: specialToken(tokenizerConfig.bos_token),
    eos_token: specialToken(tokenizerConfig.eos_token),
    pad_token: specialToken(tokenizerConfig.pad_token),
    unk_token: specialToken(tokenizerConfig.unk_token),
  };
  return {
    render(messages, start) {
      const text = compiled.render({ ...special, messages: [...messages], add_generation_prompt: true });
      return withStart(text, start);
    },
  };
}

/** Puts the answer's beginning after the prompt, in the place that the model would have written it. */
function withStart(prompt: string, start: AnswerStart | undefined): ChatPrompt {
  const { open, close } = THINK_TAGS;
  const opened = prompt.trimEnd().endsWith(open);
  if (start === undefined || (start.content === "" && start.reasoning === "")) return { text: prompt, thinks: opened };
  const bare = opened ? prompt.trimEnd().slice(0, -open.length) : prompt;
  if (start.content === "") return { text: `${bare}${open}\n${start.reasoning}`, thinks: true };
  const thoughts = start.reasoning === "" ? "\n" : start.reasoning.trim();
  // A model that always thinks would begin to think again after a bare text: it is shown that it has thought.
  const before = opened || start.reasoning !== "" ? `${open}\n${thoughts}\n${close}\n\n` : "";
  return { text: `${bare}${before}${start.content}`, thinks: false };
}

function specialToken(written: JsonObject[string]): string {
  if (typeof written === "string") return written;
  return isJsonObject(written) && typeof written.content === "string" ? written.content : "";
}
