import { monitorEventLoopDelay } from "node:perf_hooks";
import { createDecider, type Source } from "./decide.ts";
import { type Mood, startModelStandIn } from "./model-stand-in.ts";
import { payments } from "./payment.ts";
import { type Reconciled, Reconciliation } from "./reconcile.ts";

/** How a run goes. */
export interface RunPlan {
  /** Payments a second, at fixed times: one that is late does not make the next one late. */
  readonly perSecond: number;
  readonly seconds: number;
  /** How the language model behaves meanwhile. */
  readonly mood: Mood;
  /** How long reconciliation may take once the model answers again, in ms. */
  readonly reconcileMs: number;
}

/** What a run showed. */
export interface RunResult {
  readonly payments: number;
  readonly undecided: number;
  readonly bySource: Readonly<Record<Source, number>>;
  /** From when a payment was due to its decision, in ms. */
  readonly ms: { readonly p50: number; readonly p99: number; readonly p999: number; readonly max: number };
  /** How late this process came to its work, in ms, at the 99.9th percentile: what the machine itself adds. */
  readonly lateMs: number;
  /** Requests that reached the language model while payments were decided. */
  readonly asked: number;
  readonly reconciled: Reconciled;
}

/** Payments before the run that are not counted: connections and compiled code. */
const WARM_UP = 50;
/** How often it is looked how late the process is, in ms. */
const LOOK_MS = 5;
/** What a payment that nobody decides may take before it counts as undecided, in ms. */
const PATIENCE_MS = 10_000;

/** Decides payments while the language model behaves as it does, then has it judge what it did not decide. */
export async function runLoad({ perSecond, seconds, mood, reconcileMs }: RunPlan): Promise<RunResult> {
  await using model = await startModelStandIn("answers");
  const decider = createDecider(model.baseUrl);
  const next = payments(7);
  for (let count = 0; count < WARM_UP; count++) await decider.decide(next.next().value);
  using reconciliation = new Reconciliation(decider, () => {});
  model.mood = mood;
  const before = model.asked;
  const count = Math.round(perSecond * seconds);
  const times: number[] = [];
  const bySource = { rules: 0, model: 0, backup: 0 };
  const open: Promise<void>[] = [];
  const loop = monitorEventLoopDelay({ resolution: LOOK_MS });
  loop.enable();
  const begin = performance.now();
  for (let index = 0; index < count; index++) {
    const due = begin + (index * 1_000) / perSecond;
    await until(due);
    const decided = decider.decide(next.next().value).then((decision) => {
      times.push(performance.now() - due);
      bySource[decision.source] += 1;
      if (decision.source === "backup") reconciliation.add(decision);
    });
    open.push(decided);
  }
  const late = Promise.withResolvers<void>();
  const patience = setTimeout(late.resolve, PATIENCE_MS);
  await Promise.race([Promise.all(open), late.promise]);
  // A timer that is left would keep the process for its whole time.
  clearTimeout(patience);
  loop.disable();
  const asked = model.asked - before;
  model.mood = "answers";
  const latest = performance.now() + reconcileMs;
  while (reconciliation.counts.waiting > 0 && performance.now() < latest) await until(performance.now() + 50);
  times.sort((a, b) => a - b);
  const at = (share: number) => times[Math.min(times.length - 1, Math.ceil(share * times.length) - 1)] ?? Number.NaN;
  return {
    payments: count,
    undecided: count - times.length,
    bySource,
    ms: { p50: at(0.5), p99: at(0.99), p999: at(0.999), max: at(1) },
    lateMs: Math.max(0, loop.percentile(99.9) / 1e6 - LOOK_MS),
    asked,
    reconciled: reconciliation.counts,
  };
}

function until(time: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, Math.max(0, time - performance.now())));
}
