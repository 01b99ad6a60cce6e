import { type ScriptedAttempt, scriptedAdapter, testCall, textEvent, VirtualClock } from "../../../../testing/index.ts";
import type { AnswerEvent } from "../../../answer-stream.ts";
import type { Call } from "../../../call.ts";
import { seededRandom } from "../../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../../outcome.ts";
import { type AttemptOptions, attempt } from "../attempt.ts";

/** What streams begin with that is no content. */
export const role: AnswerEvent = {
  ...textEvent(""),
  data: '{"choices":[{"delta":{"role":"assistant","content":""}}]}',
};

/** An attempt at a provider that follows a script, in virtual time. */
export function setUp(script: ScriptedAttempt, options: Partial<AttemptOptions> = {}) {
  const clock = new VirtualClock();
  const { adapter, sentAt } = scriptedAdapter(clock, [script]);
  const service = attempt(
    adapter,
    {
      provider: "p",
      account: "p#1",
      origin: { rung: "live", provider: "p", degraded: false },
      connectMs: 5_000,
      firstTokenMs: () => 20_000,
      gapMs: 45_000,
      totalMs: 1_800_000,
      ...options,
    },
    { clock, random: seededRandom(1) },
  );
  const call: Call = testCall();
  return {
    clock,
    call,
    sentAt,
    outcome: (changes: Partial<Call> = {}) => clock.run(service({ ...call, ...changes })),
    service,
  };
}

/** The answer of an outcome. @throws Error where there is none */
export function answered(outcome: Outcome): Answer {
  if (outcome.type !== "answer") throw new Error(`no answer: ${JSON.stringify(outcome)}`);
  return outcome;
}
