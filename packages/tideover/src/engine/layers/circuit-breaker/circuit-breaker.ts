import { onEnding } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { FailureKind } from "../../failure.ts";
import { type Failure, failure } from "../../failure.ts";
import { fingerprint } from "../../kernels/fingerprint.ts";
import type { Layer } from "../../service.ts";
import { SILENT_UNTIL_DEADLINE } from "../attempt/defaults.ts";
import type { BreakerRefusal, CircuitBreaker } from "./breaker.ts";
import { BLANK_ANSWERS_THAT_COUNT } from "./defaults.ts";
import type { BreakerPermit } from "./place.ts";

/** What the layer guards: one account of one provider. */
export interface CircuitBreakerOptions {
  readonly provider: string;
  /** The breaker for a call; its state is keyed by the model that the provider is asked for. */
  breakerFor(call: Call): CircuitBreaker;
  readonly counts: readonly FailureKind[];
}

/**
 * Keeps calls from a provider that fails, and lets probes find out when it is back.
 *
 * A call is scored at its first content event, not at its end, so that a 60 s window is enough for answers that take
 * minutes; a stream that breaks later is scored once more, as a failure.
 */
export function circuitBreaker(options: CircuitBreakerOptions): Layer {
  const blank = new BlankAnswers();
  const settle = (permit: BreakerPermit, call: Call, failed: Failure | undefined) => {
    if (failed !== undefined && (failed.reason !== "blank-answer" || blank.agree(call))) {
      if (options.counts.includes(failed.kind) || isSilence(failed)) permit.failed(failed.reason, failed.retryAfterMs);
    }
    permit.release();
  };
  return (next) => async (call) => {
    const permit = options.breakerFor(call).acquire();
    if ("why" in permit) return refused(options.provider, permit);
    const outcome = await next(call);
    if (outcome.type === "answer") {
      permit.succeeded();
      blank.forget();
      return { ...outcome, stream: onEnding(outcome.stream, (ending) => settle(permit, call, ending.failure)) };
    }
    settle(permit, call, outcome.type === "failure" ? outcome : undefined);
    return outcome;
  };
}

/** Nothing came for so long that it counts as overload, though it was the caller's deadline that ended the wait. */
function isSilence({ kind, reason }: Failure): boolean {
  return kind === "deadline" && reason === SILENT_UNTIL_DEADLINE;
}

function refused(provider: string, { why, retryAfterMs }: BreakerRefusal): Failure {
  const message = {
    open: `${provider} failed repeatedly and is left alone for ${Math.ceil(retryAfterMs / 1_000)} s.`,
    probing: `${provider} is being probed after failing repeatedly.`,
    "slow-start": `${provider} has just recovered and takes few calls at first.`,
  }[why];
  return failure("rejected", `breaker-${why}`, message, { provider, retryAfterMs });
}

/** Blank answers count against the provider only when several different requests got one in a row. */
class BlankAnswers {
  readonly #requests = new Set<number>();

  agree(call: Call): boolean {
    this.#requests.add(fingerprint(call.request.bytes));
    if (this.#requests.size < BLANK_ANSWERS_THAT_COUNT) return false;
    this.#requests.clear();
    return true;
  }

  forget(): void {
    if (this.#requests.size > 0) this.#requests.clear();
  }
}
