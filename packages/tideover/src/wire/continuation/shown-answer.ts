import type { AnswerEvent, Usage } from "../../engine/answer-stream.ts";
import type { JsonObject } from "../../engine/json.ts";
import { AnswerText } from "../chat/answer-text.ts";
import { chatEvent } from "../chat/chat-event.ts";
import { choiceOf, deltaOf, identityOf, reasoningMember } from "./chunk.ts";
import { PieceLog } from "./piece-log.ts";

/** What was shown of an answer, and how it came. */
export interface ShownAnswer {
  readonly text: AnswerText;
  /** The pieces of its first choice's content and reasoning. */
  readonly content: PieceLog;
  readonly reasoning: PieceLog;
  /** The members that all its chunks share. */
  readonly identity: JsonObject;
  /** The member in which its host gives reasoning. */
  readonly reasoningName: string;
  /** What the provider counted on the way. */
  readonly usage: Usage | undefined;
  /** It holds what cannot be continued from its text. */
  readonly otherSubstance: boolean;
}

/** Reads again what was shown, from the JSON texts of its events. */
export function shownAnswer(texts: readonly string[], usage: Usage | undefined): ShownAnswer {
  const text = new AnswerText();
  const content = new PieceLog();
  const reasoning = new PieceLog();
  let identity: JsonObject = {};
  let reasoningName = "reasoning_content";
  let otherSubstance = false;
  for (const event of texts.map(eventOf)) {
    if (identity.id === undefined) identity = { ...identityOf(event.json), ...identity };
    if (event.substance === "none") continue;
    text.add(event);
    const told = content.grewTo(text.contentLength(0));
    const thought = reasoning.grewTo(text.reasoningLength(0));
    if (!told && !thought) otherSubstance = true;
    if (thought && reasoning.count === 1) {
      reasoningName = reasoningMember(deltaOf(choiceOf(event.json) ?? {})) ?? reasoningName;
    }
  }
  return { text, content, reasoning, identity, reasoningName, usage, otherSubstance };
}

/** @throws Error for a text that is none of an event's: they were events before. */
function eventOf(text: string): AnswerEvent {
  const event = chatEvent(text);
  if ("type" in event) throw new Error(event.message);
  return event;
}
