/** The ways to write a conversation as one text, by the name that a configuration gives them. */
export const PROMPT_TEMPLATES = ["chatml", "deepseek", "llama-3", "plain", "raw"] as const;

/** See {@link PROMPT_TEMPLATES}. */
export type PromptTemplate = (typeof PROMPT_TEMPLATES)[number];

/** One message with its text. */
export interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** A conversation as one text. */
export interface Prompt {
  readonly text: string;
  /** Texts that end the answer: the template's own end of a turn. */
  readonly ends: readonly string[];
}

interface Form {
  /** Marks that only the template may write; in a caller's text they would pass for the beginning of another turn. */
  readonly marks: readonly string[];
  readonly ends: readonly string[];
  turn(turn: Turn): string;
  /** What the answer is written after. */
  readonly answer: string;
}

/*
 * Sources: chatml, the template of Qwen2.5's tokenizer_config.json; llama-3, Meta's "Llama 3 prompt formats" page;
 * deepseek, the template of DeepSeek-R1-Distill's tokenizer_config.json. The begin-of-text mark is left out
 * everywhere: the server's tokenizer adds it.
 */
const FORMS: Readonly<Record<Exclude<PromptTemplate, "raw">, Form>> = {
  chatml: {
    marks: ["<|im_start|>", "<|im_end|>", "<|endoftext|>"],
    ends: ["<|im_end|>", "<|endoftext|>"],
    turn: ({ role, text }) => `<|im_start|>${role}\n${text}<|im_end|>\n`,
    answer: "<|im_start|>assistant\n",
  },
  "llama-3": {
    marks: ["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", "<|begin_of_text|>", "<|end_of_text|>"],
    ends: ["<|eot_id|>", "<|end_of_text|>"],
    turn: ({ role, text }) => `<|start_header_id|>${role}<|end_header_id|>\n\n${text}<|eot_id|>`,
    answer: "<|start_header_id|>assistant<|end_header_id|>\n\n",
  },
  deepseek: {
    marks: ["<｜User｜>", "<｜Assistant｜>", "<｜begin▁of▁sentence｜>", "<｜end▁of▁sentence｜>"],
    ends: ["<｜end▁of▁sentence｜>"],
    turn({ role, text }) {
      if (role === "system") return text;
      return role === "user" ? `<｜User｜>${text}` : `<｜Assistant｜>${text}<｜end▁of▁sentence｜>`;
    },
    answer: "<｜Assistant｜>",
  },
  plain: {
    marks: [],
    ends: ["\nUser:"],
    turn: ({ role, text }) => `${role === "system" ? "System" : role === "user" ? "User" : "Assistant"}: ${text}\n\n`,
    answer: "Assistant:",
  },
};

/**
 * Writes a conversation as the one text that a `generate` endpoint takes. `raw` gives the last user's text alone, for
 * servers whose pipeline has a template of its own.
 * @param begun the beginning of the answer that the model is to go on from; empty: a new answer
 */
export function writePrompt(template: PromptTemplate, turns: readonly Turn[], begun: string): Prompt {
  if (template === "raw") {
    const last = turns.findLast(({ role }) => role === "user")?.text ?? "";
    return { text: `${last}${begun}`, ends: [] };
  }
  const { marks, ends, turn, answer } = FORMS[template];
  const written = turns.map(({ role, text }) => turn({ role, text: without(text, marks) }));
  return { text: `${written.join("")}${answer}${without(begun, marks)}`, ends };
}

/**
 * A space stands where a mark stood, so that what was on its two sides cannot come together as another one: once through
 * is enough, however deeply a caller has put them into each other.
 */
function without(text: string, marks: readonly string[]): string {
  return marks.reduce((rest, mark) => rest.replaceAll(mark, " "), text);
}
