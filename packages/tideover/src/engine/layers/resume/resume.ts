import type { Call } from "../../call.ts";
import { collect } from "../../collect.ts";
import type { Failure } from "../../failure.ts";
import type { Outcome } from "../../outcome.ts";
import type { Layer, Service } from "../../service.ts";

/**
 * What happens to an answer that breaks after its first token.
 *
 * An unstreamed caller has been shown nothing, so the answer is read to its end here and, when it breaks, asked for
 * once more, the failed provider last; the restart is paid from the retry budget. A streamed answer passes through:
 * its reader gets the broken ending and must say so.
 */
export function resume(): Layer {
  return (next) => (call) => (call.request.stream ? next(call) : whole(call, next));
}

async function whole(call: Call, next: Service): Promise<Outcome> {
  const first = await collected(call, next);
  if (first.type !== "failure" || !first.broken) return first.type === "failure" ? first.failure : first;
  const provider = first.failure.provider;
  const avoid = provider === undefined ? call.avoid : [...call.avoid, provider];
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

async function collected(call: Call, next: Service): Promise<Exclude<Outcome, Failure> | Collected> {
  const outcome = await next(call);
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
