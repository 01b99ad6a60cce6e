import { isJsonObject, type Json, type JsonObject } from "tideover/engine";
import type { SseFrame } from "tideover/wire";
import { ENDED, type ObservedAttempt } from "./observation.ts";

/** Most characters of an answer that are kept for comparison; the longest answers of the traces have about 5,000. */
const MOST_TEXT = 1_000_000;
/** Longest name that is taken over from an answer. */
const LONGEST_NAME = 60;
/** Most attempts that are taken over from one account. */
const MOST_ATTEMPTS = 64;

/** Reads an answer as an OpenAI client would, and what Tideover says about it. */
export class AnswerReader {
  text = "";
  /** Undefined while the answer goes on. */
  outcome: string | undefined;
  rung: string | undefined;
  degraded = false;
  attempts: readonly ObservedAttempt[] = [];
  /** Places where the answer changed hands. */
  seams = 0;

  /** Takes one event of a stream. @returns whether it brought content. */
  takeFrame({ data }: SseFrame): boolean {
    if (data === "[DONE]") {
      this.outcome ??= ENDED.answered;
      return false;
    }
    return this.#take(data, "delta");
  }

  /** Takes the whole body of an unstreamed response. */
  takeDocument(text: string, status: number): void {
    const content = this.#take(text, "message");
    if (this.outcome === ENDED.malformed && status >= 400) this.outcome = `http-${status}`;
    if (this.outcome !== undefined) return;
    this.outcome = status >= 400 ? `http-${status}` : content ? ENDED.answered : ENDED.malformed;
  }

  #take(text: string, member: "delta" | "message"): boolean {
    const json = parse(text);
    if (json === undefined) {
      this.outcome ??= ENDED.malformed;
      return false;
    }
    if (isJsonObject(json.tideover)) this.#account(json.tideover);
    if (isJsonObject(json.error)) {
      this.outcome ??= name(json.error.code) ?? name(json.error.type) ?? "error";
      return false;
    }
    const choice: Json | undefined = Array.isArray(json.choices) ? json.choices[0] : undefined;
    const part = isJsonObject(choice) ? choice[member] : undefined;
    if (!isJsonObject(part)) return false;
    const content = typeof part.content === "string" ? part.content : "";
    if (this.text.length < MOST_TEXT) this.text += content;
    const thought = part.reasoning_content;
    return content !== "" || (typeof thought === "string" && thought !== "");
  }

  #account(account: JsonObject): void {
    this.rung = name(account.rung) ?? this.rung;
    this.degraded = account.degraded === true;
    if (Array.isArray(account.seams)) this.seams = account.seams.length;
    if (!Array.isArray(account.attempts)) return;
    this.attempts = account.attempts.slice(0, MOST_ATTEMPTS).flatMap((attempt) => {
      if (!isJsonObject(attempt)) return [];
      return [{ provider: name(attempt.provider) ?? "unnamed", outcome: name(attempt.outcome) ?? "unnamed" }];
    });
  }
}

function parse(text: string): JsonObject | undefined {
  try {
    const json: unknown = JSON.parse(text);
    return isJsonObject(json) ? json : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function name(value: Json | undefined): string | undefined {
  return typeof value === "string" && value !== "" ? value.slice(0, LONGEST_NAME) : undefined;
}
