import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { parseJson } from "../chat/json-text.ts";

/** Most calls of tools in one answer; OpenAI and DeepSeek allow 128 tools. */
const MOST_CALLS = 1_024;
/** Most text of held-back and running arguments together, in UTF-16 code units. */
const MOST_ARGUMENTS_LENGTH = 16 * 1024 * 1024;

interface ToolCall {
  readonly position: number;
  id: string | undefined;
  name: string;
  text: string;
  /** How much of the text went out. */
  sent: number;
  done: boolean;
}

/**
 * The calls of tools in a chat stream as `tool_use` blocks, one after the other as the Messages API has them. Where a
 * host sends the pieces of several calls mixed, the later ones are held until the arguments of the open one are whole.
 */
export class ToolUseBlocks {
  readonly #calls = new Map<number, ToolCall>();
  readonly #nextBlock: () => number;
  readonly #idPrefix: string;
  #open: { readonly call: ToolCall; readonly block: number } | undefined;
  #length = 0;

  /**
   * @param nextBlock gives the index of the next content block.
   * @param idPrefix what the identifier of a call is made from where the host gives none.
   */
  constructor(nextBlock: () => number, idPrefix: string) {
    this.#nextBlock = nextBlock;
    this.#idPrefix = idPrefix;
  }

  get isEmpty(): boolean {
    return this.#calls.size === 0;
  }

  /**
   * Takes the `tool_calls` of a delta. Gives the events that can go out now.
   * @returns undefined when the calls outgrow what is held.
   */
  add(pieces: readonly Json[]): readonly JsonObject[] | undefined {
    for (const [at, piece] of pieces.entries()) {
      if (!isJsonObject(piece)) continue;
      const call = this.#callAt(typeof piece.index === "number" ? piece.index : at);
      if (call === undefined) return undefined;
      const described = isJsonObject(piece.function) ? piece.function : {};
      if (call.id === undefined && typeof piece.id === "string" && piece.id !== "") call.id = piece.id;
      if (call.name === "" && typeof described.name === "string") call.name = described.name;
      if (typeof described.arguments !== "string" || call.done) continue;
      call.text += described.arguments;
      this.#length += described.arguments.length;
      if (this.#length > MOST_ARGUMENTS_LENGTH) return undefined;
    }
    return this.#advance(false);
  }

  /** Ends all blocks: no call goes on. */
  finish(): readonly JsonObject[] {
    return this.#advance(true);
  }

  #callAt(position: number): ToolCall | undefined {
    const known = this.#calls.get(position);
    if (known !== undefined) return known;
    if (this.#calls.size === MOST_CALLS) return undefined;
    const call: ToolCall = { position, id: undefined, name: "", text: "", sent: 0, done: false };
    this.#calls.set(position, call);
    return call;
  }

  #advance(ending: boolean): readonly JsonObject[] {
    const events: JsonObject[] = [];
    for (;;) {
      if (this.#open === undefined) {
        const next = this.#waiting().find(({ name }) => ending || name !== "");
        if (next === undefined) return events;
        events.push(this.#begin(next));
      }
      const open = this.#open;
      if (open === undefined) return events;
      const { call, block } = open;
      if (call.sent < call.text.length) {
        const delta = { type: "input_json_delta", partial_json: call.text.slice(call.sent) };
        events.push({ type: "content_block_delta", index: block, delta });
        call.sent = call.text.length;
      }
      const goesOn = !ending && (this.#waiting().length === 1 || !isWholeObject(call.text));
      if (goesOn) return events;
      call.done = true;
      this.#open = undefined;
      events.push({ type: "content_block_stop", index: block });
    }
  }

  #begin(call: ToolCall): JsonObject {
    const block = this.#nextBlock();
    this.#open = { call, block };
    const id = call.id ?? `${this.#idPrefix}_${call.position}`;
    return {
      type: "content_block_start",
      index: block,
      content_block: { type: "tool_use", id, name: call.name, input: {} },
    };
  }

  #waiting(): readonly ToolCall[] {
    return [...this.#calls.values()].filter(({ done }) => !done);
  }
}

function isWholeObject(text: string): boolean {
  return text.trimEnd().endsWith("}") && isJsonObject(parseJson(text));
}
