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
  readonly attempts: readonly AttemptJson[];
  readonly seams: readonly Seam[];
}

/** One call to one provider, as callers read it. */
export interface AttemptJson {
  readonly provider: string;
  readonly outcome: AttemptOutcome;
  readonly ms: number;
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
    degraded: origin?.degraded ?? false,
    ...(origin?.ageSeconds === undefined ? {} : { age_seconds: origin.ageSeconds }),
    attempts: trace.attempts.map((attempt) => attemptJson(attempt, openAttempts)),
    seams: trace.seams.map(({ at, from, to, mode }) => ({ at, from, to, mode })),
  };
}

function attemptJson({ provider, outcome, ms, chaos }: AttemptRecord, openAs: AttemptOutcome): AttemptJson {
  const attempt = { provider, outcome: outcome === "running" ? openAs : outcome, ms: Math.round(ms) };
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
