import type { AnswerEvent } from "../../engine/answer-stream.ts";
import type { CallRequest } from "../../engine/call.ts";
import type { Json, JsonObject } from "../../engine/json.ts";
import type { ContinuationPlan } from "../../engine/ports/continuation.ts";
import type { ChoiceText } from "../chat/answer-text.ts";
import { eventFrom } from "../chat/chat-event.ts";
import { HeadMatch } from "./head-match.ts";
import { InstructedMatch } from "./instructed-match.ts";
import type { JoinedTokens } from "./join-usage.ts";
import { overlapStart } from "./overlap.ts";
import type { BrokenRequest } from "./read-request.ts";
import { refuse } from "./refuse.ts";
import { RestFit, type RestFitOptions } from "./rest-fit.ts";
import type { ShownAnswer } from "./shown-answer.ts";

/** How the request for the rest is written. */
export interface RequestWriting {
  /**
   * Only what leads to the uncut text. Else a host that has no exact way may be told to go on, and reasoning that was
   * cut may be followed by other reasoning.
   */
  readonly exactOnly: boolean;
  /** The JSON text of an object with some of its top-level members changed; undefined: left out. */
  readonly rewrite: (bytes: Uint8Array, changes: ReadonlyMap<string, Json | undefined>) => Uint8Array;
}

/** What the request for the rest gives to go on from, and what the rest must begin with. */
interface Cut {
  readonly channel: "content" | "reasoning";
  readonly prefix: string;
  readonly overlap: string;
  /** Tokens given to go on from. */
  readonly given: number;
}

/** Plans the rest of one chat answer of one choice, as far as it was shown. */
export class ContinuationPlanner {
  readonly #request: CallRequest;
  readonly #broken: BrokenRequest;
  readonly #writing: RequestWriting;
  readonly #shown: ShownAnswer;

  constructor(request: CallRequest, broken: BrokenRequest, writing: RequestWriting, shown: ShownAnswer) {
    this.#request = request;
    this.#broken = broken;
    this.#writing = writing;
    this.#shown = shown;
  }

  plan(): ContinuationPlan {
    const shown = this.#shown.text.choice(0);
    const unfit = this.#unfit(shown);
    if (unfit !== undefined) return refuse(unfit);
    const { limit } = this.#broken;
    if (limit !== undefined && limit.value <= this.#tokens) return { type: "finish", events: [this.#lengthFinish()] };
    const cut = shown.content === "" ? this.#cutReasoning(shown) : this.#cutContent(shown);
    if (typeof cut === "string") return refuse(cut);
    return {
      type: "ask",
      at: shown.content.length,
      request: this.#requestFor(cut, shown),
      fit: (mode) => new RestFit(this.#fitOptions(cut, shown, mode)),
    };
  }

  #unfit(shown: ChoiceText): string | undefined {
    if (this.#shown.text.truncated) return "The answer is longer than what is kept of it.";
    if (this.#shown.text.indexes.some((index) => index !== 0)) return "The answer has several choices.";
    if (shown.toolCalls.length > 0) return "A tool call had begun.";
    if (this.#shown.otherSubstance || shown.refusal !== "") return "The answer holds more than text.";
    if (shown.content === "" && shown.reasoning === "") return "Nothing was shown yet.";
    return undefined;
  }

  #cutContent({ content, reasoning }: ChoiceText): Cut | string {
    const own = this.#broken.prefix;
    const starts = this.#shown.content.starts.map((start) => start + own.length);
    const start = overlapStart({ text: own + content, starts }, own.length);
    if (start === undefined) return "The text repeats what the caller gave, so the rest could not be recognised.";
    const prefix = content.slice(0, start - own.length);
    if (prefix === "" && reasoning === "" && !this.#request.stream) return NOTHING_TO_GO_ON_FROM;
    const given = this.#shown.reasoning.count + this.#shown.content.countBefore(prefix.length);
    return { channel: "content", prefix, overlap: content.slice(prefix.length), given };
  }

  #cutReasoning({ reasoning }: ChoiceText): Cut | string {
    if (this.#broken.prefix !== "") return "The answer to a given text broke inside its reasoning.";
    const start = overlapStart({ text: reasoning, starts: this.#shown.reasoning.starts }) ?? 0;
    if (start === 0 && !this.#request.stream) return NOTHING_TO_GO_ON_FROM;
    const given = this.#shown.reasoning.countBefore(start);
    return { channel: "reasoning", prefix: reasoning.slice(0, start), overlap: reasoning.slice(start), given };
  }

  #requestFor(cut: Cut, shown: ChoiceText): CallRequest {
    const { messages, message, prefix, limit, plainText } = this.#broken;
    const inContent = cut.channel === "content";
    const reasoning = (message?.reasoning ?? "") + (inContent ? shown.reasoning : cut.prefix);
    const last: JsonObject = {
      role: "assistant",
      content: prefix + (inContent ? cut.prefix : ""),
      ...(reasoning === "" ? {} : { reasoning_content: reasoning }),
      prefix: true,
    };
    const changes = new Map<string, Json | undefined>([
      ["messages", [...messages, last]],
      ["stream", true],
    ]);
    if (limit !== undefined) {
      for (const name of limit.names) changes.set(name, Math.max(1, limit.value - this.#givenTokens(cut)));
    }
    const { exactOnly, rewrite } = this.#writing;
    const mayInstruct = !exactOnly && plainText && inContent && this.#request.stream;
    return {
      ...this.#request,
      body: { ...this.#request.body, ...Object.fromEntries(changes) },
      bytes: rewrite(this.#request.bytes, changes),
      stream: true,
      continuation: {
        restart: this.#request.stream && message === undefined,
        instruct: mayInstruct ? prefix + shown.content : undefined,
      },
    };
  }

  #fitOptions(cut: Cut, shown: ChoiceText, mode: string | undefined): RestFitOptions {
    const common = { identity: this.#shown.identity, reasoningName: this.#shown.reasoningName, channel: cut.channel };
    const given = this.#givenTokens(cut);
    const tokens = (brought: number): Omit<JoinedTokens, "dropped" | "droppedReasoning"> => ({
      prompt: this.#shown.usage?.promptTokens,
      shown: this.#tokens,
      shownReasoning: this.#shown.reasoning.count,
      given: brought,
    });
    if (mode === "instruction") {
      return {
        ...common,
        mode,
        tokens: tokens(this.#tokens),
        match: new InstructedMatch(this.#broken.prefix + shown.content),
        lenient: false,
      };
    }
    if (mode === "restart") {
      const inContent = cut.channel === "content";
      return {
        ...common,
        mode: inContent ? "restart" : "restart-reasoning",
        tokens: tokens(0),
        match: new HeadMatch("", inContent ? shown.content : shown.reasoning),
        // Other thoughts may follow those that were shown; other words may not.
        lenient: !inContent && !this.#writing.exactOnly,
      };
    }
    const before = cut.channel === "content" ? this.#broken.prefix : "";
    return {
      ...common,
      mode: mode ?? "prefix",
      tokens: tokens(given),
      match: new HeadMatch(before + cut.prefix, cut.overlap),
      lenient: false,
    };
  }

  /** Tokens shown: as the provider counted on the way, and at least one for each piece. */
  get #tokens(): number {
    return Math.max(this.#shown.usage?.completionTokens ?? 0, this.#shown.content.count + this.#shown.reasoning.count);
  }

  #givenTokens(cut: Cut): number {
    const overlapping = this.#shown.content.count + this.#shown.reasoning.count - cut.given;
    return Math.max(0, this.#tokens - overlapping);
  }

  /** The end of an answer that broke after the last token that the caller allows. */
  #lengthFinish(): AnswerEvent {
    const choice = { index: 0, delta: {}, finish_reason: "length" };
    return eventFrom({ ...this.#shown.identity, object: "chat.completion.chunk", choices: [choice] }, false);
  }
}

const NOTHING_TO_GO_ON_FROM = "So little had come that the answer is better begun anew.";
