import { type AnswerStream, onEnding, type Usage } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import type { Answer } from "../../outcome.ts";
import type { RungName } from "../../provenance.ts";
import { BYTES_PER_TOKEN } from "./defaults.ts";

/** The rungs whose answers are generated for this call; all others cost no tokens. */
const GENERATING: ReadonlySet<RungName> = new Set(["live", "alternate", "local"]);

/** Whether an answer was generated for this call, and so has to be paid: whoever joined another's pays nothing. */
export function isGenerated({ origin }: Answer, { trace }: Call): boolean {
  return GENERATING.has(origin.rung) && trace.cache?.collapsed !== true;
}

/**
 * The same answer, with `settle` called once at its end: with the provider's usage, or, where the answer ends without
 * one (it was cut, or the caller left), with an estimate of what has been seen: a token for each content event, as
 * providers send them, and the prompt by its bytes.
 */
export function withUsage(answer: Answer, call: Call, settle: (usage: Usage) => void): Answer {
  let reported: Usage | undefined;
  let contentEvents = 0;
  const { stream } = answer;
  const watched: AnswerStream = {
    async read() {
      const next = await stream.read();
      if (next.type === "ending") return next;
      for (const event of next.events) {
        if (event.usage !== undefined) reported = event.usage;
        if (event.substance !== "none") contentEvents++;
      }
      return next;
    },
    cancel: (reason) => stream.cancel(reason),
  };
  const estimated = () => ({
    promptTokens: Math.ceil(call.request.bytes.length / BYTES_PER_TOKEN),
    completionTokens: contentEvents,
  });
  return { ...answer, stream: onEnding(watched, () => settle(withSummaries(reported ?? estimated(), answer))) };
}

/** With what was written before the answer, so that its prompt would fit. */
function withSummaries(usage: Usage, { origin: { summaryUsage } }: Answer): Usage {
  if (summaryUsage === undefined) return usage;
  return {
    ...usage,
    promptTokens: usage.promptTokens + summaryUsage.promptTokens,
    completionTokens: usage.completionTokens + summaryUsage.completionTokens,
  };
}
