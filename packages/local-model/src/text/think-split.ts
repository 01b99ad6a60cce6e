import { THINK_TAGS } from "./chat-prompt.ts";

/** A piece of an answer, and which part of it it is. */
export interface Piece {
  readonly kind: "content" | "reasoning";
  readonly text: string;
}

/** What a text begins as; see {@link ThinkSplit}. */
export type Beginning = "start" | "opened" | "reasoning" | "content";

/**
 * Splits a model's text into reasoning and answer at its think tags. The tags and the white space around them are
 * neither; a tag that is only half there is held until it is known to be one.
 */
export class ThinkSplit {
  #state: "start" | "opened" | "reasoning" | "after" | "content";
  #held = "";

  /**
   * @param state what the text begins as: `start` where an opening tag may still come, `opened` right after one,
   *   `reasoning` within reasoning
   */
  constructor(state: Beginning) {
    this.#state = state;
  }

  /** Whether what comes next belongs to the answer rather than to the reasoning. */
  get inContent(): boolean {
    return this.#state !== "reasoning" && this.#state !== "opened";
  }

  push(text: string): Piece[] {
    this.#held += text;
    const pieces: Piece[] = [];
    for (let step = this.#step(); step !== undefined; step = this.#step()) {
      if (step.text !== "") pieces.push(step);
    }
    return pieces;
  }

  /** What is held goes out as it is. */
  end(): Piece[] {
    const text = this.#held;
    this.#held = "";
    if (text === "" || this.#state === "after" || this.#state === "opened") return [];
    return [{ kind: this.inContent ? "content" : "reasoning", text }];
  }

  /** One step through what is held; undefined: more must come first. */
  #step(): Piece | undefined {
    if (this.#held === "") return undefined;
    switch (this.#state) {
      case "start":
        return this.#start();
      case "opened":
        return this.#skipSpace("reasoning");
      case "reasoning":
        return this.#reasoning();
      case "after":
        return this.#skipSpace("content");
      case "content":
        return this.#take("content", this.#held.length);
    }
  }

  #start(): Piece | undefined {
    const text = this.#held.trimStart();
    if (text.startsWith(THINK_TAGS.open)) {
      this.#state = "opened";
      this.#held = text.slice(THINK_TAGS.open.length);
      return { kind: "reasoning", text: "" };
    }
    if (THINK_TAGS.open.startsWith(text)) return undefined;
    this.#state = "content";
    return { kind: "content", text: "" };
  }

  #reasoning(): Piece | undefined {
    const at = this.#held.indexOf(THINK_TAGS.close);
    if (at >= 0) {
      const piece: Piece = { kind: "reasoning", text: this.#held.slice(0, at).trimEnd() };
      this.#held = this.#held.slice(at + THINK_TAGS.close.length);
      this.#state = "after";
      return piece;
    }
    const safe = this.#held.slice(0, this.#held.length - partialTag(this.#held)).trimEnd().length;
    return safe === 0 ? undefined : this.#take("reasoning", safe);
  }

  #skipSpace(next: "reasoning" | "content"): Piece | undefined {
    this.#held = this.#held.trimStart();
    if (this.#held === "") return undefined;
    this.#state = next;
    return { kind: next, text: "" };
  }

  #take(kind: Piece["kind"], length: number): Piece {
    const piece = { kind, text: this.#held.slice(0, length) };
    this.#held = this.#held.slice(length);
    return piece;
  }
}

/** How much of the end of a text is the beginning of a closing tag. */
function partialTag(text: string): number {
  for (let length = Math.min(THINK_TAGS.close.length - 1, text.length); length > 0; length--) {
    if (text.endsWith(THINK_TAGS.close.slice(0, length))) return length;
  }
  return 0;
}
