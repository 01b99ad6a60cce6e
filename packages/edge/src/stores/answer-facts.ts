import type { StoredAnswer } from "tideover/engine";
import { parsedJson } from "./parsed-json.ts";

/** What of an answer a purge asks for. */
export type AnswerFacts = Pick<StoredAnswer, "tenant" | "route" | "model" | "tags">;

/** Whether a value is that. */
export function isAnswerFacts(value: unknown): value is AnswerFacts {
  if (typeof value !== "object" || value === null) return false;
  const { tenant, route, model, tags } = value as Partial<Record<keyof AnswerFacts, unknown>>;
  return [tenant, route, model].every((member) => typeof member === "string") && Array.isArray(tags);
}

/** The facts that a text says; undefined for what is no text, or says something else. */
export function readFacts(text: unknown): AnswerFacts | undefined {
  const value = typeof text === "string" ? parsedJson(text) : undefined;
  return isAnswerFacts(value) ? value : undefined;
}
