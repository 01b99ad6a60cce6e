import type { AnswerEvent } from "../engine/answer-stream.ts";
import type { Operation } from "../engine/call.ts";
import { type Failure, failure, failureOf } from "../engine/failure.ts";
import type { JsonObject } from "../engine/json.ts";
import type { Answer, Outcome } from "../engine/outcome.ts";
import type { JobError, JobResult } from "../engine/ports/job.ts";
import type { RungName, Trace } from "../engine/provenance.ts";
import { provenanceOf } from "../front/provenance-json.ts";
import { AnswerFolder } from "../wire/index.ts";

/** How one delivery of a job went. */
export type JobEnding =
  | { readonly type: "answered"; readonly result: JobResult }
  /** The request itself is wrong, so that no delivery will ever help. */
  | { readonly type: "refused"; readonly error: JobError; readonly result?: JobResult | undefined }
  | {
      readonly type: "unavailable";
      readonly error: JobError;
      readonly retryAfterMs?: number | undefined;
      /** A provider was asked that could have served it. */
      readonly asked: boolean;
      /** None of the providers can serve such a request, which says nothing of how they are. */
      readonly unfit?: boolean | undefined;
      /** A provider broke at it, so the request may be what breaks them: the delivery counts. */
      readonly broke: boolean;
    }
  /** We stopped it ourselves: cancelled, the lease was lost, or the process ends. */
  | { readonly type: "stopped" };

/** Where a job's answer may come from: what live providers gave. */
const LIVE: ReadonlySet<RungName> = new Set(["live", "alternate", "local", "cache"]);

/** What a job's ending is read from. */
export interface EndingFacts {
  readonly operation: Operation;
  readonly trace: Trace;
  /** Aborts when the job is stopped. */
  readonly signal: AbortSignal;
}

/** Reads an outcome to its end and says what it means for the job. Never rejects. */
export async function endingOf(outcome: Outcome, facts: EndingFacts): Promise<JobEnding> {
  if (outcome.type === "answer") return answered(outcome, facts);
  if (outcome.type === "failure") return failed(outcome, facts);
  return failed(failure("fault", "ticket-of-ticket", "The route answered a job with another job."), facts);
}

async function answered(answer: Answer, facts: EndingFacts): Promise<JobEnding> {
  const { origin, stream } = answer;
  if (!LIVE.has(origin.rung)) {
    const degraded = failure("overloaded", "degraded", `Only the rung ${origin.rung} could answer.`);
    stream.cancel(degraded);
    return failed(degraded, facts);
  }
  const folder = new AnswerFolder(facts.operation);
  const onAbort = () => stream.cancel(failureOf(facts.signal));
  facts.signal.addEventListener("abort", onAbort, { once: true });
  if (facts.signal.aborted) onAbort();
  try {
    let only: AnswerEvent | undefined;
    let count = 0;
    for (;;) {
      const next = await stream.read();
      if (next.type === "ending") {
        if (next.failure !== undefined) return failed(next.failure, facts);
        const body = count === 1 && only?.whole ? only.data : JSON.stringify(folder.result());
        return { type: "answered", result: { status: 200, body, provenance: provenanceText(origin, facts) } };
      }
      for (const event of next.events) {
        folder.add(event);
        only = event;
        count++;
      }
      if (folder.failure !== undefined) {
        stream.cancel(folder.failure);
        return failed(folder.failure, facts);
      }
    }
  } finally {
    facts.signal.removeEventListener("abort", onAbort);
  }
}

/** How an answer came about, as it is kept beside it. */
export function provenanceText(origin: Answer["origin"], { trace }: Pick<EndingFacts, "trace">): JsonObject {
  const { attempts, seams, ...rest } = provenanceOf({ trace, origin, openAttempts: "answered" });
  return {
    ...rest,
    attempts: attempts.map((attempt) => ({ ...attempt })),
    seams: seams.map((seam) => ({ ...seam })),
  };
}

function failed(cause: Failure, { trace, signal }: EndingFacts): JobEnding {
  if (signal.aborted) return { type: "stopped" };
  const error: JobError = { code: cause.code ?? codeOf(cause), message: cause.message, deadLetter: false };
  if (cause.kind === "caller") {
    const { passed } = cause;
    const result = passed === undefined ? undefined : { status: passed.status, body: passed.body };
    return { type: "refused", error, ...(result === undefined ? {} : { result }) };
  }
  const outcomes = trace.attempts.map(({ outcome }) => outcome);
  // Who is known not to serve such a request stands among the attempts, too, without having been asked.
  const asked = outcomes.some((outcome) => outcome !== "incompatible");
  return {
    type: "unavailable",
    error,
    retryAfterMs: cause.retryAfterMs,
    asked,
    unfit: !asked && cause.kind === "incompatible",
    broke: outcomes.some((outcome) => outcome === "fault" || outcome === "cut" || outcome === "deadline"),
  };
}

function codeOf({ kind, committed }: Failure): string {
  if (kind === "caller") return "invalid_request";
  if (kind === "credential") return "provider_unusable";
  if (kind === "deadline") return "deadline_exceeded";
  return committed ? "stream_interrupted" : "ladder_exhausted";
}
