import { isJsonObject, type Json, type JsonObject } from "../../engine/json.ts";
import { finishReasonOfChoice, REASONING_MEMBERS, readUsage } from "../chat/chat-event.ts";
import { firstChoice, textOf } from "../messages/messages-stream.ts";
import { MOST_RESPONSE_LENGTH } from "./defaults.ts";
import { callPieces, FunctionCalls, type OpenCall } from "./function-calls.ts";
import { callItem, endOf, type ItemStatus, messageItem, reasoningItem, textPart } from "./output-items.ts";
import { type ResponseHead, type ResponseState, responseDocument } from "./response-document.ts";
import { itemId } from "./response-id.ts";
import { responseUsage } from "./response-usage.ts";

type PartKind = "reasoning_text" | "output_text" | "refusal";

/** The text item that is being written: what the model thinks, or what it says. */
interface OpenItem {
  readonly type: "reasoning" | "message";
  readonly outputIndex: number;
  readonly id: string;
  /** The parts that are done. */
  readonly parts: JsonObject[];
  open: { readonly kind: PartKind; text: string } | undefined;
}

/** What a caller is told about how a stream failed. */
export interface ResponseFailing {
  readonly error: JsonObject;
  readonly tideover?: Json | undefined;
  /** Whether it can be fetched all the same. */
  readonly stored: boolean;
}

/**
 * Makes the events of a Responses stream from the chunks of a chat stream, in the API's order: `response.created`,
 * `response.queued` for one in the background, `response.in_progress`, the items, and once the answer is known to be
 * whole `response.completed` or `response.incomplete`. Every event has its number, from 0. Pure; the first choice
 * counts, as the API cannot ask for more.
 */
export class ResponsesStream {
  readonly #head: ResponseHead;
  readonly #calls = new FunctionCalls();
  /** The items by place; those that are being written are not there yet. */
  readonly #output: (JsonObject | undefined)[] = [];
  #number = 0;
  #began = false;
  #item: OpenItem | undefined;
  #model: string | undefined;
  #finishReason: string | undefined;
  #usage: Json = null;
  #tideover: Json | undefined;
  #length = 0;

  constructor(head: ResponseHead) {
    this.#head = head;
  }

  /** Whether events were given, so that the identifier is known outside. */
  get began(): boolean {
    return this.#began;
  }

  /** The first events, before anything is known of the answer; none the second time. */
  begin(): readonly JsonObject[] {
    if (this.#began) return [];
    this.#began = true;
    const inBackground = this.#head.request.background === true;
    const first = inBackground ? "queued" : "in_progress";
    return [
      this.#told("response.created", { status: first }),
      ...(inBackground ? [this.#told("response.queued", { status: "queued" })] : []),
      this.#told("response.in_progress", { status: "in_progress" }),
    ];
  }

  /** The events of a response whose answer comes later, by another way. */
  queued(): readonly JsonObject[] {
    this.#began = true;
    return [this.#told("response.created", { status: "queued" }), this.#told("response.queued", { status: "queued" })];
  }

  /**
   * Takes the next chunk and gives the events that it makes.
   * @returns undefined when the answer outgrows what is kept; the stream must then fail.
   */
  push(chunk: JsonObject): readonly JsonObject[] | undefined {
    if (readUsage(chunk) !== undefined) this.#usage = responseUsage(chunk);
    this.#tideover = chunk.tideover ?? this.#tideover;
    const choice = firstChoice(chunk);
    if (choice === undefined) return [];
    if (typeof chunk.model === "string" && chunk.model !== "") this.#model ??= chunk.model;
    const events = [...this.begin()];
    if (isJsonObject(choice.delta) && !this.#addDelta(choice.delta, events)) return undefined;
    this.#finishReason = finishReasonOfChoice(choice) ?? this.#finishReason;
    return this.#length > MOST_RESPONSE_LENGTH ? undefined : events;
  }

  /**
   * The answer is whole. Gives the last events.
   * @param how its provenance, where the chunks did not have it, and whether it could be kept
   */
  end(how: {
    readonly endedAt: number;
    readonly stored: boolean;
    readonly tideover?: Json | undefined;
  }): readonly JsonObject[] {
    const events = [...this.begin()];
    const end = endOf(this.#finishReason);
    const status = end.status === "completed" ? "completed" : "incomplete";
    this.#closeItem(events, status);
    for (const call of this.#calls.open({ whole: false })) this.#closeCall(call, events, status);
    const state = { ...end, endedAt: how.endedAt, ...this.#answer(), tideover: this.#tideover ?? how.tideover };
    events.push(this.#told(`response.${end.status}`, state, how.stored));
    return events;
  }

  /** The answer failed; what there is of it is told with it. */
  fail({ error, tideover, stored }: ResponseFailing, status: "failed" | "cancelled" = "failed"): readonly JsonObject[] {
    return [...this.begin(), this.#told("response.failed", { status, error, ...this.#answer(), tideover }, stored)];
  }

  /** The stream ends here and the response does not: the one event that says no more than that. */
  breakOff(code: string, message: string): JsonObject {
    return this.#event("error", { code, message, param: null });
  }

  #answer(): Pick<ResponseState, "model" | "output" | "usage"> {
    const output = this.#output.filter((item) => item !== undefined);
    return { model: this.#model, output, usage: this.#usage };
  }

  #told(type: string, state: ResponseState, stored = this.#head.stored): JsonObject {
    return this.#event(type, { response: responseDocument({ ...this.#head, stored }, state) });
  }

  #event(type: string, members: JsonObject): JsonObject {
    return { type, sequence_number: this.#number++, ...members };
  }

  #addDelta(delta: JsonObject, events: JsonObject[]): boolean {
    for (const name of REASONING_MEMBERS) {
      const thought = delta[name];
      if (typeof thought !== "string" || thought === "") continue;
      this.#addText("reasoning_text", thought, events);
      // A host that writes it under both names says it twice.
      break;
    }
    this.#addText("output_text", textOf(delta.content), events);
    this.#addText("refusal", textOf(delta.refusal), events);
    return !Array.isArray(delta.tool_calls) || this.#addCalls(delta.tool_calls as readonly Json[], events);
  }

  #addText(kind: PartKind, text: string, events: JsonObject[]): void {
    if (text === "") return;
    const type = kind === "reasoning_text" ? "reasoning" : "message";
    if (this.#item?.type !== type) this.#openItem(type, events);
    const item = this.#item as OpenItem;
    if (item.open?.kind !== kind) {
      this.#closePart(item, events);
      item.open = { kind, text: "" };
      events.push(this.#event("response.content_part.added", { ...placeOf(item), part: textPart(kind, "") }));
    }
    const open = item.open as NonNullable<OpenItem["open"]>;
    open.text += text;
    this.#length += text.length;
    const place = placeOf(item);
    const logprobs = kind === "output_text" ? { logprobs: [] } : {};
    events.push(this.#event(`response.${kind}.delta`, { ...place, delta: text, ...logprobs }));
  }

  #openItem(type: OpenItem["type"], events: JsonObject[]): void {
    this.#closeItem(events, "completed");
    for (const call of this.#calls.open({ whole: true })) this.#closeCall(call, events, "completed");
    const { outputIndex, id } = this.#newPlace(type === "reasoning" ? "rs" : "msg");
    this.#item = { type, outputIndex, id, parts: [], open: undefined };
    const item = type === "reasoning" ? reasoningItem(id, [], "in_progress") : messageItem(id, [], "in_progress");
    events.push(this.#event("response.output_item.added", { output_index: outputIndex, item }));
  }

  #newPlace(kind: "rs" | "msg" | "fc") {
    const outputIndex = this.#output.push(undefined) - 1;
    return { outputIndex, id: itemId(kind, this.#head.id, outputIndex) };
  }

  #closePart(item: OpenItem, events: JsonObject[]): void {
    const { open } = item;
    if (open === undefined) return;
    const { kind, text } = open;
    const place = placeOf(item);
    const part = textPart(kind, text);
    const said = kind === "refusal" ? { refusal: text } : { text };
    const logprobs = kind === "output_text" ? { logprobs: [] } : {};
    events.push(this.#event(`response.${kind}.done`, { ...place, ...said, ...logprobs }));
    events.push(this.#event("response.content_part.done", { ...place, part }));
    item.parts.push(part);
    item.open = undefined;
  }

  #closeItem(events: JsonObject[], status: ItemStatus): void {
    const item = this.#item;
    if (item === undefined) return;
    this.#closePart(item, events);
    this.#item = undefined;
    const { type, id, parts, outputIndex } = item;
    const done = type === "reasoning" ? reasoningItem(id, parts, "completed") : messageItem(id, parts, status);
    this.#output[outputIndex] = done;
    events.push(this.#event("response.output_item.done", { output_index: outputIndex, item: done }));
  }

  #addCalls(pieces: readonly Json[], events: JsonObject[]): boolean {
    for (const { position, id, name, text } of callPieces(pieces)) {
      if (!this.#calls.has(position)) {
        this.#closeItem(events, "completed");
        for (const whole of this.#calls.open({ whole: true })) this.#closeCall(whole, events, "completed");
      }
      const call = this.#calls.at(position, () => this.#openCall(id, name, events));
      if (call === undefined) return false;
      if (text === "" || call.done) continue;
      call.text += text;
      this.#length += text.length;
      const place = { item_id: call.itemId, output_index: call.outputIndex };
      events.push(this.#event("response.function_call_arguments.delta", { ...place, delta: text }));
    }
    return true;
  }

  #openCall(id: string, name: string, events: JsonObject[]): OpenCall {
    const { outputIndex, id: item } = this.#newPlace("fc");
    const call: OpenCall = { outputIndex, itemId: item, callId: id || item, name, text: "", done: false };
    const added = callItem(item, call, "in_progress");
    events.push(this.#event("response.output_item.added", { output_index: outputIndex, item: added }));
    return call;
  }

  #closeCall(call: OpenCall, events: JsonObject[], status: ItemStatus): void {
    call.done = true;
    const { itemId: item, outputIndex, name, text } = call;
    const place = { item_id: item, output_index: outputIndex };
    events.push(this.#event("response.function_call_arguments.done", { ...place, name, arguments: text }));
    const done = callItem(item, call, status);
    this.#output[outputIndex] = done;
    events.push(this.#event("response.output_item.done", { output_index: outputIndex, item: done }));
  }
}

function placeOf({ id, outputIndex, parts }: OpenItem): JsonObject {
  return { item_id: id, output_index: outputIndex, content_index: parts.length };
}
