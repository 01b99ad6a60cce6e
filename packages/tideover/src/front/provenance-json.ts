import {
  type AttemptOutcome,
  type AttemptRecord,
  isJsonObject,
  type JsonObject,
  type Origin,
  type RungName,
  type Seam,
  type Trace,
} from "../engine/index.ts";

/** How an answer came about, as callers read it: the `tideover` member of a body or of a stream's last chunk. */
export interface Provenance {
  /** Null when nothing answered. */
  readonly rung: RungName | null;
  readonly provider: string | null;
  readonly model: string | null;
  readonly degraded: boolean;
  readonly age_seconds?: number;
  /** Where the job is read that was opened beside this answer. */
  readonly ticket?: string;
  /** Of a similar answer: the cosine similarity of the request that it was made for. */
  readonly similarity?: number;
  /** Messages of the conversation that the model was not given, because it was too long for it. */
  readonly dropped_messages?: number;
  /** Messages of which the model was given a summary instead. */
  readonly summarised_messages?: number;
  readonly attempts: readonly AttemptJson[];
  readonly seams: readonly Seam[];
}

/** One call to one provider, as callers read it. */
export interface AttemptJson {
  readonly provider: string;
  readonly outcome: AttemptOutcome;
  readonly ms: number;
  /** What of the request the provider cannot serve, where that is why it did not answer. */
  readonly reason?: string;
  /** `summary`: it was asked for a summary of a part of the conversation, not for the answer. */
  readonly purpose?: "summary";
  /** The fault that was injected into it on purpose. */
  readonly chaos?: string;
}

/** What the front knows when it writes a provenance down. */
export interface ProvenanceFacts {
  readonly trace: Trace;
  /** Absent when nothing answered. */
  readonly origin?: Origin | undefined;
  /** The model that the answer itself names; it takes precedence over the one that was asked. */
  readonly answeredModel?: string | undefined;
  /** Provider of a failure, when nothing answered. */
  readonly provider?: string | undefined;
  /** What an attempt that the engine has not closed yet is called: by now the front knows how it ended. */
  readonly openAttempts: AttemptOutcome;
}

/** Puts the account of a call into the form that callers read. Times in whole ms. */
export function provenanceOf({ trace, origin, answeredModel, provider, openAttempts }: ProvenanceFacts): Provenance {
  return {
    rung: origin?.rung ?? null,
    provider: origin?.provider ?? provider ?? null,
    model: answeredModel ?? origin?.model ?? null,
    degraded: isDegraded(origin, trace),
    ...(origin?.ageSeconds === undefined ? {} : { age_seconds: origin.ageSeconds }),
    ...(origin?.ticket === undefined ? {} : { ticket: origin.ticket }),
    ...(origin?.similarity === undefined ? {} : { similarity: origin.similarity }),
    ...(origin?.droppedMessages === undefined ? {} : { dropped_messages: origin.droppedMessages }),
    ...(origin?.summarisedMessages === undefined ? {} : { summarised_messages: origin.summarisedMessages }),
    attempts: trace.attempts.map((attempt) => attemptJson(attempt, openAttempts)),
    seams: trace.seams.map(({ at, from, to, mode }) => ({ at, from, to, mode })),
  };
}

/** Whether an answer is degraded: as it began, or since a degraded provider went on with it. */
export function isDegraded(origin: Origin | undefined, { seams }: Trace): boolean {
  return origin !== undefined && (origin.degraded || seams.some(({ degraded }) => degraded === true));
}

function attemptJson(record: AttemptRecord, openAs: AttemptOutcome): AttemptJson {
  const { provider, outcome, ms, reason, purpose, chaos } = record;
  const ended = {
    provider,
    outcome: outcome === "running" ? openAs : outcome,
    ms: Math.round(ms),
    ...(purpose === undefined ? {} : { purpose }),
  };
  const attempt = outcome === "incompatible" && reason !== undefined ? { ...ended, reason } : ended;
  return chaos === undefined ? attempt : { ...attempt, chaos };
}

/** The model that an answer's JSON names. */
export function modelIn(json: JsonObject): string | undefined {
  return typeof json.model === "string" && json.model !== "" ? json.model : undefined;
}

/**
 * The JSON text of an object with the provenance as its last member. The text itself is kept as it is: re-serialising
 * would round large numbers and cost time. Only a text that has a `tideover` member already (the upstream is another
 * Tideover) is built anew, because the member must be there once.
 *
 * @param text JSON text of an object.
 * @param json the same, parsed.
 */
export function withProvenance(text: string, json: JsonObject, provenance: Provenance): string {
  const trimmed = text.trimEnd();
  if (!isJsonObject(json) || !trimmed.endsWith("}")) return text;
  if (Object.hasOwn(json, "tideover")) return JSON.stringify({ ...json, tideover: provenance });
  const separator = Object.keys(json).length === 0 ? "" : ",";
  return `${trimmed.slice(0, -1)}${separator}"tideover":${JSON.stringify(provenance)}}`;
}
