import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { joinText, keepFirst, type Members, toObject } from "./fold-members.ts";

/** Most tool calls of one choice; what comes above is a broken or hostile provider's and is left out. */
const MAX_TOOL_CALLS = 1024;

/** The members of a call that come in pieces: a function's arguments, a custom tool's input. */
const PIECEWISE: ReadonlySet<string> = new Set(["arguments", "input"]);

interface OpenCall {
  readonly index: number;
  readonly members: Members;
}

/**
 * Folds tool-call deltas into calls: by `index`, arguments joined, id, type and name from their first mention.
 *
 * A piece without an index belongs to the last call, unless it brings an id; a piece that brings another id and a
 * name under an index that is in use is a new call (hosts that write index 0 for every call).
 */
export class ToolCallFolder {
  readonly #calls: OpenCall[] = [];

  /** How many calls have begun. */
  get size(): number {
    return this.#calls.length;
  }

  add(pieces: readonly Json[]): void {
    for (const piece of pieces) {
      if (!isJsonObject(piece)) continue;
      const call = this.#find(piece) ?? this.#open(piece);
      if (call === undefined) continue;
      for (const [name, value] of Object.entries(piece)) {
        if (name === "index") continue;
        if (isJsonObject(value)) call.members.set(name, mergeCall(call.members.get(name), value));
        else keepFirst(call.members, name, value);
      }
    }
  }

  /** The calls in the order of their index, as a whole message lists them. */
  result(): JsonObject[] {
    return [...this.#calls].sort((a, b) => a.index - b.index).map((call) => toObject(call.members));
  }

  #find(piece: JsonObject): OpenCall | undefined {
    const id = typeof piece.id === "string" && piece.id !== "" ? piece.id : undefined;
    if (typeof piece.index !== "number") {
      return id === undefined ? this.#calls.at(-1) : this.#calls.find((call) => call.members.get("id") === id);
    }
    const call = this.#calls.findLast((candidate) => candidate.index === piece.index);
    if (call === undefined || id === undefined || !hasName(piece)) return call;
    const known = call.members.get("id");
    if (typeof known !== "string" || known === "" || known === id) return call;
    return this.#calls.find((candidate) => candidate.members.get("id") === id);
  }

  #open(piece: JsonObject): OpenCall | undefined {
    if (this.#calls.length >= MAX_TOOL_CALLS) return undefined;
    const index = typeof piece.index === "number" ? piece.index : this.#calls.length;
    const call: OpenCall = { index, members: new Map() };
    this.#calls.push(call);
    return call;
  }
}

/** Joins a piece of a function's (or a custom tool's) call to what is known of it. */
export function mergeCall(known: Json | undefined, piece: JsonObject): JsonObject {
  const members: Members = new Map(isJsonObject(known) ? (Object.entries(known) as [string, Json][]) : []);
  for (const [name, value] of Object.entries(piece)) {
    if (PIECEWISE.has(name)) joinText(members, name, value);
    else keepFirst(members, name, value);
  }
  return toObject(members);
}

function hasName(piece: JsonObject): boolean {
  const call = isJsonObject(piece.function) ? piece.function : piece.custom;
  return isJsonObject(call) && typeof call.name === "string" && call.name !== "";
}
