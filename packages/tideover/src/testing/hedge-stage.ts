import { streamOf } from "../engine/answer-stream.ts";
import type { Call } from "../engine/call.ts";
import { sleep } from "../engine/clock.ts";
import type { EngineEvent } from "../engine/engine-event.ts";
import { type Failure, failure, failureOf } from "../engine/failure.ts";
import { seededRandom } from "../engine/kernels/seeded-random.ts";
import { type FailoverTarget, failover } from "../engine/layers/failover/failover.ts";
import { FirstTokenTimes } from "../engine/layers/hedge/first-token-times.ts";
import { type HedgeOptions, hedge } from "../engine/layers/hedge/hedge.ts";
import type { HedgeTerms } from "../engine/layers/hedge/hedge-terms.ts";
import type { AttemptRecord } from "../engine/provenance.ts";
import type { Service } from "../engine/service.ts";
import { testCall } from "./test-call.ts";
import { VirtualClock } from "./virtual-clock.ts";

/** A provider without capacity. */
export const busy = failure("overloaded", "http-503", "busy");

/** One provider of a {@link hedgeStage}. */
export interface ScriptedProvider {
  /** What it does with each call in turn: after so many ms, this; the last entry for ever. */
  readonly script: readonly { readonly ms: number; readonly failure?: Failure }[];
  readonly terms?: Partial<HedgeTerms>;
  readonly available?: boolean;
  /** It does not hear that it is aborted. */
  readonly deaf?: boolean;
}

/** Failover over scripted providers with hedging, in virtual time. */
export function hedgeStage(after: HedgeOptions["after"], providers: Readonly<Record<string, ScriptedProvider>>) {
  const clock = new VirtualClock();
  const events: EngineEvent[] = [];
  const sent: { provider: string; at: number; call: Call }[] = [];
  const cancelled: string[] = [];

  const targetOf = ([provider, { script, terms, available, deaf }]: [string, ScriptedProvider]): FailoverTarget => {
    const times = new FirstTokenTimes();
    let calls = 0;
    const service: Service = async (call) => {
      const step = script[Math.min(calls++, script.length - 1)] ?? { ms: 0 };
      const record: AttemptRecord = { provider, outcome: "running", ms: 0 };
      call.trace.attempts.push(record);
      sent.push({ provider, at: clock.now(), call });
      if (!(await sleep(clock, step.ms, deaf ? new AbortController().signal : call.signal))) {
        record.outcome = "cancelled";
        return failureOf(call.signal);
      }
      if (step.failure !== undefined) return step.failure;
      const stream = { read: streamOf([]).read, cancel: () => cancelled.push(provider) };
      return { type: "answer", origin: { rung: "live", provider, degraded: false }, stream };
    };
    const hedging: HedgeTerms = {
      oneTry: service,
      degraded: false,
      isSteady: () => true,
      firstTokens: ({ request }) => times.window(request.model, request.bytes.length),
      budget: undefined,
      retryBudget: undefined,
      ...terms,
    };
    return { provider, service, hedging, available: () => available ?? true, contextTokens: () => undefined };
  };

  const targets = Object.entries(providers).map(targetOf);
  const environment = { clock, random: seededRandom(1), emit: (event: EngineEvent) => events.push(event) };
  const run = failover(targets, hedge({ after }, environment));
  /** Teaches the first provider how long its first tokens take. */
  const learn = (call: Call, ...durations: readonly number[]) => {
    for (const duration of durations) targets[0]?.hedging?.firstTokens(call)?.add(clock.now(), duration);
  };
  const ask = (call = testCall()) => clock.run(run(call));
  const asked = () => sent.map(({ provider, at }) => [provider, at]);
  const types = () => events.map(({ type }) => type);
  return { clock, events, types, sent, asked, cancelled, targets, run, ask, learn };
}

/** The first answers after 9 s, the second after 0.7 s. */
export const slowAndFast = { a: { script: [{ ms: 9_000 }] }, b: { script: [{ ms: 700 }] } };
