import { streamOf } from "../../answer-stream.ts";
import type { BegunAnswer, Call } from "../../call.ts";
import { collect } from "../../collect.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure } from "../../failure.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { AnswerContinuation } from "../../ports/continuation.ts";
import type { Layer, Service } from "../../service.ts";
import { ContinuedStream } from "./continued-stream.ts";

/** How broken answers are finished. */
export interface ResumeOptions {
  /** Knows the form of answers; undefined: a broken answer is not continued. */
  readonly continuation: AnswerContinuation | undefined;
  /** Continuations of one answer. */
  readonly perRequest: number;
  /** Longest life of a stream from the call's start, in ms: by then its rest must have begun. */
  readonly totalMs: number;
}

/**
 * What happens to an answer that breaks after its first token: its rest is asked for, the failed provider last, and
 * follows what was shown.
 *
 * An unstreamed caller has been shown nothing, so an answer that cannot be continued is then asked for once more. Both
 * are paid from the retry budget. What can neither be continued nor restarted ends as `stream_interrupted`.
 */
export function resume(options: ResumeOptions, environment: EngineEnvironment): Layer {
  return (next) => {
    const continuing = withContinuation(next, options, environment);
    return (call) => {
      if (call.begun !== undefined) return Promise.resolve(restOf(call, call.begun, next, options, environment));
      return call.request.stream ? continuing(call) : whole(call, continuing, next);
    };
  };
}

function withContinuation(next: Service, options: ResumeOptions, { clock }: EngineEnvironment): Service {
  const { continuation, perRequest: most, totalMs } = options;
  if (continuation === undefined || most === 0) return next;
  return async (call) => {
    const outcome = await next(call);
    if (outcome.type !== "answer") return outcome;
    const log = continuation.follow(call.request);
    if (log === undefined) return outcome;
    const deadline = call.request.stream ? call.startedAt + totalMs : call.deadline;
    const stream = new ContinuedStream({ call, answer: outcome, log, service: next, clock, deadline, most });
    return { ...outcome, stream };
  };
}

/**
 * The answer that another process began, with the rest as far as it can be had: from the beginning, as if it had broken
 * here. It is never begun anew, streamed or not: somebody may have been shown the beginning.
 */
function restOf(
  call: Call,
  { origin, events }: BegunAnswer,
  next: Service,
  { continuation, perRequest: most, totalMs }: ResumeOptions,
  { clock }: EngineEnvironment,
): Outcome {
  const cut = failure("fault", "leader-lost", "The process that made this answer is gone.", {
    provider: origin.provider,
    committed: true,
  });
  const log = continuation?.follow(call.request);
  if (log === undefined || most === 0) return interrupted(cut);
  const begun = streamOf(events, { type: "ending", failure: cut });
  const answer: Answer = { type: "answer", origin, stream: begun };
  const deadline = call.request.stream ? call.startedAt + totalMs : call.deadline;
  const asked = { ...call, begun: undefined };
  return { ...answer, stream: new ContinuedStream({ call: asked, answer, log, service: next, clock, deadline, most }) };
}

async function whole(call: Call, continuing: Service, next: Service): Promise<Outcome> {
  const { seams } = call.trace;
  const before = seams.length;
  const first = await collected(call, continuing);
  if (first.type !== "failure" || !first.broken) return first.type === "failure" ? first.failure : first;
  const provider = first.failure.provider;
  const avoid = provider === undefined ? call.avoid : [...call.avoid, provider];
  // An answer begun anew has no part of the one that was given up.
  seams.length = before;
  const second = await collected({ ...call, avoid, extra: true }, next);
  if (second.type !== "failure") return second;
  return second.failure.kind === "rejected" || second.broken ? interrupted(first.failure) : second.failure;
}

/** A failure, and whether it broke an answer that had begun. */
interface Collected {
  readonly type: "failure";
  readonly failure: Failure;
  readonly broken: boolean;
}

async function collected(call: Call, service: Service): Promise<Exclude<Outcome, Failure> | Collected> {
  const outcome = await service(call);
  if (outcome.type === "failure") return { type: "failure", failure: outcome, broken: false };
  if (outcome.type !== "answer") return outcome;
  const answer = await collect(outcome, call.signal);
  if (answer.type !== "failure") return answer;
  const broken = answer.kind !== "cancelled" && answer.kind !== "deadline";
  return { type: "failure", failure: { provider: outcome.origin.provider, ...answer }, broken };
}

function interrupted(cut: Failure): Failure {
  return { ...cut, code: "stream_interrupted" };
}
