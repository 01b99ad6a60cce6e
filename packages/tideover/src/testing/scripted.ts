import type { Adapter, RawAnswer } from "../engine/adapter.ts";
import type { AnswerEvent, AnswerStream, Batch, Ending, Substance } from "../engine/answer-stream.ts";
import type { Clock } from "../engine/clock.ts";
import { type Failure, failure, failureOf } from "../engine/failure.ts";
import type { Outcome } from "../engine/outcome.ts";
import type { Service } from "../engine/service.ts";

/** An event for tests: a chunk with this text as its content. */
export function textEvent(text: string, finishReason?: string): AnswerEvent {
  const substance: Substance = text === "" ? "none" : text.trim() === "" ? "blank" : "content";
  const json = { choices: [{ index: 0, delta: { content: text }, finish_reason: finishReason ?? null }] };
  return { data: JSON.stringify(json), json, whole: false, substance, finishReason };
}

/** One step of a scripted answer: wait so many ms, then give this. */
export interface ScriptStep {
  readonly afterMs?: number;
  readonly give: readonly AnswerEvent[] | Ending;
}

/** A stream that plays a script on a clock; after its last step it is silent until cancelled. */
export function scriptedStream(
  clock: Clock,
  steps: readonly ScriptStep[],
): AnswerStream & { readonly cancelled: Failure | undefined } {
  let index = 0;
  let ending: Ending | undefined;
  let cancelled: Failure | undefined;
  let wake: ((next: Ending) => void) | undefined;
  return {
    get cancelled() {
      return cancelled;
    },
    read() {
      if (ending !== undefined) return Promise.resolve(ending);
      const step = steps[index++];
      return new Promise<Batch | Ending>((resolve) => {
        const timer =
          step === undefined
            ? undefined
            : clock.schedule(step.afterMs ?? 0, () => {
                wake = undefined;
                if ("type" in step.give) {
                  ending = step.give;
                  resolve(step.give);
                } else resolve({ type: "batch", events: step.give });
              });
        wake = (next) => {
          timer?.cancel();
          resolve(next);
        };
      });
    },
    cancel(reason) {
      if (ending !== undefined) return;
      cancelled = reason;
      ending = { type: "ending", failure: reason };
      wake?.(ending);
    },
  };
}

/** What a scripted adapter does with one attempt. */
export interface ScriptedAttempt {
  /** Until the connection stands, in ms; undefined: it never does. */
  readonly connectMs?: number | undefined;
  /** Between connection and head, in ms. */
  readonly headMs?: number;
  /** A failure instead of an answer. */
  readonly failure?: Failure;
  readonly steps?: readonly ScriptStep[];
}

/** An adapter that plays one script per attempt, the last one for ever, and notes when each attempt came. */
export function scriptedAdapter(
  clock: Clock,
  attempts: readonly ScriptedAttempt[],
): { adapter: Adapter; sentAt: number[] } {
  const sentAt: number[] = [];
  const adapter: Adapter = async (_call, scope) => {
    const script = attempts[Math.min(sentAt.length, attempts.length - 1)] ?? {};
    sentAt.push(clock.now());
    const wait = (ms: number | undefined) =>
      new Promise<boolean>((resolve) => {
        const timer = ms === undefined ? undefined : clock.schedule(ms, () => resolve(true));
        scope.signal.addEventListener("abort", () => {
          timer?.cancel();
          resolve(false);
        });
      });
    if (!(await wait("connectMs" in script ? script.connectMs : 0))) return failureOf(scope.signal);
    scope.connected();
    if (!(await wait(script.headMs ?? 0))) return failureOf(scope.signal);
    if (script.failure !== undefined) return script.failure;
    const answer: RawAnswer = {
      type: "raw-answer",
      model: "test-model",
      stream: scriptedStream(clock, script.steps ?? []),
    };
    return answer;
  };
  return { adapter, sentAt };
}

/** A service that gives these outcomes in turn, the last one for ever, and notes the calls. */
export function scriptedService(outcomes: readonly Outcome[]): { service: Service; calls: Parameters<Service>[0][] } {
  const calls: Parameters<Service>[0][] = [];
  return {
    calls,
    service(call) {
      const outcome = outcomes[Math.min(calls.length, outcomes.length - 1)];
      calls.push(call);
      return Promise.resolve(outcome ?? failure("fault", "no-script", "Nothing is scripted."));
    },
  };
}

/** Reads a stream to its end. */
export async function drain(stream: AnswerStream): Promise<{ text: string; ending: Ending }> {
  let text = "";
  for (;;) {
    const next = await stream.read();
    if (next.type === "ending") return { text, ending: next };
    for (const { json } of next.events) {
      const choices = json.choices as readonly { delta?: { content?: string } }[] | undefined;
      text += choices?.[0]?.delta?.content ?? "";
    }
  }
}
