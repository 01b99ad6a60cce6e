import type { AnswerEvent, FramePattern, Substance, TextPiece } from "../../engine/answer-stream.ts";
import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, substanceOfText, TEXT_MEMBERS, type TextMember, usageObject } from "./chat-event.ts";
import { parseJson } from "./json-text.ts";
import { StringScan } from "./string-scan.ts";

/** A frame with more than this around its text (UTF-16 units) is not learned: it would be no shorter to compare. */
const MOST_SURROUNDINGS = 4_096;
/** How many places in a frame are tried for its text. */
const MOST_PLACES = 8;
/** Stands for the text when a place is tried. No provider says this. */
const PROBE = "tideover probes";

const FIELD = "data: ";
const FRAME_END = "\n\n";

const encoder = new TextEncoder();
const decoder = new TextDecoder("utf-8", { ignoreBOM: true });

/**
 * A frame whose like is expected to follow: nearly every frame of a stream differs from the one before it in nothing
 * but one text. Those are recognised by comparing bytes, so that they need not be parsed, and can go out as they came.
 *
 * That is exact, not a guess: the bytes around the text are the learned frame's own, and between them stands one JSON
 * string without an end of its own.
 */
export class RepeatedFrame {
  readonly #pattern: FramePattern;
  /** What stands before the text, then what stands behind it. */
  readonly #around: Uint8Array;
  readonly #choice: number;
  readonly #member: TextMember;
  readonly #text = new StringScan();

  private constructor(head: string, tail: string, choice: number, member: TextMember) {
    this.#around = encoder.encode(FIELD + head + tail + FRAME_END);
    const tailBytes = encoder.encode(tail + FRAME_END).length;
    const headBytes = this.#around.length - tailBytes;
    // Not the given texts: as slices of the whole frame's they would keep that alive.
    this.#pattern = {
      before: decoder.decode(this.#around.subarray(FIELD.length, headBytes)),
      behind: decoder.decode(this.#around.subarray(headBytes, -FRAME_END.length)),
      headBytes,
      tailBytes,
    };
    this.#choice = choice;
    this.#member = member;
  }

  /**
   * Learns a frame.
   * @param data its JSON text.
   * @param json the same, parsed: a chunk without error.
   * @returns undefined when it says anything beside one piece of one text (a finish, usage, a call, probabilities).
   */
  static learn(data: string, json: JsonObject): RepeatedFrame | undefined {
    const said = onlyText(json);
    // Data of several lines comes as several fields.
    if (said === undefined || data.includes("\n") || data.includes("\r")) return undefined;
    const { member, choice } = said;
    const name = JSON.stringify(member);
    let place = data.indexOf(name);
    for (let tried = 0; place !== -1 && tried < MOST_PLACES; tried++) {
      const parts = splitAt(data, place + name.length);
      if (parts !== undefined && parts.head.length + parts.tail.length <= MOST_SURROUNDINGS) {
        const probed = parseJson(`${parts.head}${PROBE}${parts.tail}`);
        const found = isJsonObject(probed) ? onlyText(probed) : undefined;
        if (found?.member === member && found.value === PROBE) {
          return new RepeatedFrame(parts.head, parts.tail, choice, member);
        }
      }
      place = data.indexOf(name, place + 1);
    }
    return undefined;
  }

  /** The event of a frame of this kind that begins at `start` and lies whole within the bytes; else undefined. */
  match(bytes: Uint8Array, start: number): PieceEvent | undefined {
    const around = this.#around;
    const { headBytes } = this.#pattern;
    const textStart = start + headBytes;
    if (start + around.length > bytes.length) return undefined;
    for (let at = 0; at < headBytes; at++) if (bytes[start + at] !== around[at]) return undefined;
    const text = this.#text;
    if (!text.read(bytes, textStart)) return undefined;
    const textBytes = text.end - textStart;
    for (let at = headBytes; at < around.length; at++)
      if (bytes[start + textBytes + at] !== around[at]) return undefined;
    const frameBytes = textBytes + around.length;
    // Most reads bring one frame.
    const isAll = start === 0 && frameBytes === bytes.length;
    const frame = isAll ? bytes : bytes.subarray(start, start + frameBytes);
    if (text.isPlain) {
      const substance = text.saysSomething ? "content" : textBytes > 0 ? "blank" : "none";
      return new PieceEvent(frame, this.#pattern, this.#choice, this.#member, substance, undefined);
    }
    const said = textOf(bytes.subarray(textStart, text.end));
    if (said === undefined) return undefined;
    return new PieceEvent(frame, this.#pattern, this.#choice, this.#member, substanceOfText(said), said);
  }
}

/**
 * An event that adds one piece to one text, known without its JSON having been parsed. It is that piece itself. Its text
 * is made when somebody asks for it: whoever passes it on, and whoever keeps its bytes, does not.
 */
class PieceEvent implements AnswerEvent, TextPiece {
  readonly frame: Uint8Array;
  readonly pattern: FramePattern;
  readonly choice: number;
  readonly member: TextMember;
  readonly substance: Substance;
  #text: string | undefined;
  #data: string | undefined;
  #json: JsonObject | undefined;

  constructor(
    frame: Uint8Array,
    pattern: FramePattern,
    choice: number,
    member: TextMember,
    substance: Substance,
    text: string | undefined,
  ) {
    this.frame = frame;
    this.pattern = pattern;
    this.choice = choice;
    this.member = member;
    this.substance = substance;
    this.#text = text;
  }

  get piece(): TextPiece {
    return this;
  }

  get whole(): boolean {
    return false;
  }

  get finishReason(): undefined {
    return undefined;
  }

  get usage(): undefined {
    return undefined;
  }

  get text(): string {
    const { headBytes, tailBytes } = this.pattern;
    this.#text ??= decoder.decode(this.frame.subarray(headBytes, this.frame.length - tailBytes));
    return this.#text;
  }

  get data(): string {
    this.#data ??= decoder.decode(this.frame.subarray(FIELD.length, this.frame.length - FRAME_END.length));
    return this.#data;
  }

  get json(): JsonObject {
    // The learned frame was an object, and this one differs from it within one string.
    this.#json ??= JSON.parse(this.data) as JsonObject;
    return this.#json;
  }
}

/** The text that is all that a chunk of one choice says; undefined where it says more, or nothing. */
function onlyText(json: JsonObject): { member: TextMember; value: string; choice: number } | undefined {
  if (!Array.isArray(json.choices) || json.choices.length !== 1 || usageObject(json) !== undefined) return undefined;
  const choice = json.choices[0] as Json | undefined;
  if (!isJsonObject(choice) || finishReasonOfChoice(choice) !== undefined || isJsonObject(choice.logprobs)) {
    return undefined;
  }
  const delta = isJsonObject(choice.delta) ? choice.delta : {};
  const said: { member: TextMember; value: string }[] = [];
  for (const [name, value] of Object.entries(delta)) {
    // What is no plain value may be one piece of many.
    if (typeof value === "object" && value !== null) return undefined;
    const member = TEXT_MEMBERS.find((text) => text === name);
    if (member === undefined || typeof value !== "string" || value === "") continue;
    // A choice's own `text` is a completion's; within a delta nobody sends it.
    if (member === "text") return undefined;
    said.push({ member, value });
  }
  if (typeof choice.text === "string" && choice.text !== "") said.push({ member: "text", value: choice.text });
  const [only] = said;
  if (only === undefined || said.length > 1 || isJsonObject(choice.message)) return undefined;
  return { ...only, choice: typeof choice.index === "number" ? choice.index : 0 };
}

/** A JSON text without the string value that follows the member name ending at `from`, if a string does. */
function splitAt(data: string, from: number): { head: string; tail: string } | undefined {
  const colon = /^\s*:\s*"/.exec(data.slice(from, from + 16));
  if (colon === null) return undefined;
  const start = from + colon[0].length;
  let end = start;
  while (end < data.length && data[end] !== '"') end += data[end] === "\\" ? 2 : 1;
  return { head: data.slice(0, start), tail: data.slice(end) };
}

/** The text of a JSON string's bytes, which are UTF-8; undefined where they are no valid JSON. */
function textOf(bytes: Uint8Array): string | undefined {
  const written = decoder.decode(bytes);
  if (!written.includes("\\")) return written;
  const read = parseJson(`"${written}"`);
  return typeof read === "string" ? read : undefined;
}
