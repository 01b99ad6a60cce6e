import {
  drain,
  scriptedService,
  scriptedStream,
  testCall,
  textEvent,
  VirtualClock,
} from "../../../../testing/index.ts";
import type { AnswerEvent, Ending } from "../../../answer-stream.ts";
import type { Call } from "../../../call.ts";
import { type Failure, failure } from "../../../failure.ts";
import { seededRandom } from "../../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../../outcome.ts";
import type { AnswerContinuation, ContinuationPlan, FitStep } from "../../../ports/continuation.ts";
import { resume } from "../resume.ts";

/** An ending that cuts an answer. */
export const cutBy = (reason: string, kind: Failure["kind"] = "fault"): Ending => ({
  type: "ending",
  failure: failure(kind, reason, reason, { committed: true }),
});
export const cut = cutBy("cut");

/** An answer of a provider, a word each 100 ms. */
export function answerFrom(clock: VirtualClock, provider: string, texts: readonly string[], ending: Ending): Answer {
  const steps = texts.map((text) => ({ afterMs: 100, give: [textEvent(text)] }));
  const stream = scriptedStream(clock, [...steps, { afterMs: 100, give: ending }]);
  return { type: "answer", origin: { rung: "live", provider, degraded: false, continuation: "told" }, stream };
}

/**
 * A form in which the rest begins with "…", what does not is no rest, and a text that ends with "!" was at its end.
 */
export const form: AnswerContinuation = {
  follow(request) {
    let shown = "";
    const plan = (): ContinuationPlan => {
      if (shown.includes("tool")) return { type: "refuse", why: "A tool call had begun." };
      if (shown.endsWith("!")) return { type: "finish", events: [textEvent("", "length")] };
      const at = shown.length;
      return { type: "ask", at, request: { ...request, stream: true, continuation: { restart: false } }, fit };
    };
    return {
      note(event) {
        shown += textOf(event);
      },
      plan,
    };
  },
};

function fit(mode: string | undefined) {
  let aligned = false;
  const push = (events: readonly AnswerEvent[]): FitStep => {
    const text = events.map(textOf).join("");
    if (aligned) return { type: "events", events };
    if (text === "") return { type: "events", events: [] };
    if (!text.startsWith("…")) return { type: "mismatch", why: "Something else." };
    aligned = true;
    return { type: "events", events: text === "…" ? [] : [textEvent(text.slice(1))] };
  };
  return {
    mode: mode ?? "",
    push,
    get aligned() {
      return aligned;
    },
    end: (): FitStep => (aligned ? { type: "events", events: [] } : { type: "mismatch", why: "No rest." }),
  };
}

function textOf({ json }: AnswerEvent): string {
  const choices = json.choices as readonly { delta?: { content?: string } }[] | undefined;
  return choices?.[0]?.delta?.content ?? "";
}

/** What a reader gets of an answer that the layer watches over. */
export async function run(outcomes: (clock: VirtualClock) => Outcome[], call: Call = testCall(), perRequest = 1) {
  const clock = new VirtualClock();
  const { service, calls } = scriptedService(outcomes(clock));
  const layer = resume({ continuation: form, perRequest, totalMs: 60_000 }, { clock, random: seededRandom(1) });
  const outcome = await clock.run(layer(service)(call));
  if (outcome.type !== "answer") return { clock, calls, call, outcome, text: "", ending: undefined };
  const { text, ending } = await clock.run(drain(outcome.stream));
  if (clock.pendingTimers !== 0) throw new Error(`${clock.pendingTimers} timers are left.`);
  return { clock, calls, call, outcome, text, ending };
}

/** How an answer ends that could not be finished. */
export const interrupted = (reason: string) => ({ failure: { reason, code: "stream_interrupted", committed: true } });
