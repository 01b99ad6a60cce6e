import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { parseJson } from "../chat/json-text.ts";
import { MOST_CALLS } from "./defaults.ts";

/** A call of a tool that is being written. */
export interface OpenCall {
  /** Place of its item in the response's output. */
  readonly outputIndex: number;
  readonly itemId: string;
  readonly callId: string;
  readonly name: string;
  text: string;
  done: boolean;
}

/** What a piece of a call says. */
export interface CallPiece {
  readonly position: number;
  readonly id: string;
  readonly name: string;
  readonly text: string;
}

/** The pieces that a delta's `tool_calls` hold. */
export function callPieces(pieces: readonly Json[]): readonly CallPiece[] {
  return pieces.filter(isJsonObject).map((piece, at) => {
    const described: JsonObject = isJsonObject(piece.function) ? piece.function : {};
    return {
      position: typeof piece.index === "number" ? piece.index : at,
      id: textIn(piece.id),
      name: textIn(described.name),
      text: textIn(described.arguments),
    };
  });
}

/** The calls of one answer by their position. */
export class FunctionCalls {
  readonly #calls = new Map<number, OpenCall>();

  /** @returns the call of a position, made by `open` when it is new; undefined when there are too many */
  at(position: number, open: () => OpenCall): OpenCall | undefined {
    const known = this.#calls.get(position);
    if (known !== undefined) return known;
    if (this.#calls.size === MOST_CALLS) return undefined;
    const made = open();
    this.#calls.set(position, made);
    return made;
  }

  has(position: number): boolean {
    return this.#calls.has(position);
  }

  /** The calls that are not done; those whose arguments are a whole object only where `whole`. */
  open({ whole }: { readonly whole: boolean }): readonly OpenCall[] {
    return [...this.#calls.values()].filter(({ done, text }) => !done && (!whole || isWholeObject(text)));
  }
}

function isWholeObject(text: string): boolean {
  return text.trimEnd().endsWith("}") && isJsonObject(parseJson(text));
}

function textIn(value: Json | undefined): string {
  return typeof value === "string" ? value : "";
}
