import { type Ending, onEnding, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { Outcome } from "../../outcome.ts";
import { type Layer, withReady } from "../../service.ts";

/**
 * Tells whoever listens when a call starts, is answered, and ends. Outermost, so that it sees everything: cache hits,
 * refusals, and answers that end badly. Without a listener the layer is not there at all.
 */
export function observe({ clock, emit }: EngineEnvironment): Layer {
  if (emit === undefined) return (next) => next;
  const begun = (call: Call) => emit({ type: "call-started", call });
  const told = (call: Call, outcome: Outcome): Outcome => {
    emit({ type: "call-answered", call, outcome, ms: clock.now() - call.startedAt });
    const ended = (ending: Ending) =>
      emit({ type: "call-ended", call, outcome, ending, ms: clock.now() - call.startedAt });
    if (outcome.type === "answer") return { ...outcome, stream: onEnding(outcome.stream, ended) };
    ended(outcome.type === "failure" ? { type: "ending", failure: outcome } : WHOLE);
    return outcome;
  };
  return (next) => {
    const { ready } = next;
    return withReady(
      async (call) => {
        begun(call);
        return told(call, await next(call));
      },
      ready === undefined
        ? undefined
        : (call) => {
            const give = ready(call);
            if (give === undefined) return undefined;
            return () => {
              begun(call);
              return told(call, give());
            };
          },
    );
  };
}
