import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";

/** Members of an object that is being folded, in the order of their coming. A map: a member may have any name. */
export type Members = Map<string, Json>;

/** The rule for a member that has none of its own: the last value that is not null. */
export function keepLast(members: Members, name: string, value: Json | undefined): void {
  if (value === undefined || (value === null && members.has(name))) return;
  members.set(name, value);
}

/** The rule for a member that names the thing (an id, a name): the first value that is neither null nor empty. */
export function keepFirst(members: Members, name: string, value: Json | undefined): void {
  if (value === undefined) return;
  const current = members.get(name);
  if (current === undefined || current === null || current === "" || current === 0) {
    if (current === undefined || value !== null) members.set(name, value);
  }
}

/** The rule for a text in pieces: they are joined; null only when no piece is a text. A list of parts is joined, too. */
export function joinText(members: Members, name: string, value: Json | undefined): void {
  const current = members.get(name);
  if (typeof value === "string") {
    if (typeof current === "string") members.set(name, current + value);
    else if (!Array.isArray(current)) members.set(name, value);
    else if (value !== "") members.set(name, [...current, { type: "text", text: value }]);
    return;
  }
  if (Array.isArray(value) && typeof current === "string" && current !== "") {
    members.set(name, [{ type: "text", text: current }, ...value]);
    return;
  }
  joinLists(members, name, value);
}

/** The rule for lists in pieces (log probabilities, reasoning details): joined; anything else as {@link keepLast}. */
export function joinLists(members: Members, name: string, value: Json | undefined): void {
  const current = members.get(name);
  if (Array.isArray(value) && Array.isArray(current)) {
    // The list is this fold's own from the second piece on; the first was copied below.
    for (const piece of value as readonly Json[]) (current as Json[]).push(piece);
    return;
  }
  keepLast(members, name, Array.isArray(value) ? [...(value as readonly Json[])] : value);
}

/** The rule for an object whose members are lists in pieces, such as `logprobs`. */
export function joinListsWithin(members: Members, name: string, value: Json | undefined): void {
  const current = members.get(name);
  if (!isJsonObject(value)) {
    keepLast(members, name, value);
    return;
  }
  const inner: Members = new Map(isJsonObject(current) ? (Object.entries(current) as [string, Json][]) : []);
  for (const [member, piece] of Object.entries(value)) joinLists(inner, member, piece);
  members.set(name, toObject(inner));
}

/** The object of the members. Every member becomes its own, whatever its name. */
export function toObject(members: Members): JsonObject {
  return Object.fromEntries(members);
}
