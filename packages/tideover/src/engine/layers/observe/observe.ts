import { onEnding, WHOLE } from "../../answer-stream.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { Layer } from "../../service.ts";

/**
 * Tells whoever listens when a call starts, is answered, and ends. Outermost, so that it sees everything: cache hits,
 * refusals, and answers that end badly. Without a listener the layer is not there at all.
 */
export function observe({ clock, emit }: EngineEnvironment): Layer {
  if (emit === undefined) return (next) => next;
  return (next) => async (call) => {
    emit({ type: "call-started", call });
    const outcome = await next(call);
    emit({ type: "call-answered", call, outcome, ms: clock.now() - call.startedAt });
    const ended = (ending: typeof WHOLE) =>
      emit({ type: "call-ended", call, outcome, ending, ms: clock.now() - call.startedAt });
    if (outcome.type === "answer") return { ...outcome, stream: onEnding(outcome.stream, ended) };
    ended(outcome.type === "failure" ? { type: "ending", failure: outcome } : WHOLE);
    return outcome;
  };
}
