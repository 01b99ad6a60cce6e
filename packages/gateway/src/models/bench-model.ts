import type { ChatRequest, LocalModel } from "@tideover/local-model";
import { type Clock, isFailure } from "tideover/engine";
import { ModelAnswerError, readGeneration } from "./read-generation.ts";

/** What was measured of a model. */
export interface BenchResult {
  readonly device: string;
  readonly fellBack?: string | undefined;
  /** From nothing to ready, in ms. */
  readonly loadMs: number;
  readonly promptTokens: number;
  /** From the question to the first piece of the answer, in ms; the median of the runs. */
  readonly firstTokenMs: number;
  /** After the first piece; the median of the runs. */
  readonly tokensPerSecond: number;
  /** What the model's process took, in bytes; the most that was seen. */
  readonly memoryBytes: number;
}

/** Runs after one that is not counted. */
const RUNS = 3;

/**
 * Loads a model and has it answer several times.
 * @param memory what the model's process takes now, in bytes; 0 before it is loaded
 * @throws ModelAnswerError when it cannot
 */
export async function benchModel(
  model: LocalModel,
  request: ChatRequest,
  { clock, memory, signal }: { readonly clock: Clock; memory(): number; readonly signal: AbortSignal },
): Promise<BenchResult> {
  const before = memory();
  const loadedFrom = clock.now();
  const facts = await model.warm();
  if (isFailure(facts)) throw new ModelAnswerError(facts.message);
  const loadMs = clock.now() - loadedFrom;
  const firsts: number[] = [];
  const rates: number[] = [];
  let most = memory();
  let promptTokens = 0;
  for (let run = 0; run <= RUNS; run++) {
    const startedAt = clock.now();
    let firstAt: number | undefined;
    const end = await readGeneration(model, request, signal, () => {
      firstAt ??= clock.now();
    });
    most = Math.max(most, memory());
    promptTokens = end.promptTokens;
    const seconds = (clock.now() - (firstAt ?? startedAt)) / 1_000;
    // The first run warms caches up.
    if (run === 0) continue;
    firsts.push((firstAt ?? clock.now()) - startedAt);
    rates.push(seconds === 0 ? 0 : (end.completionTokens - 1) / seconds);
  }
  return {
    device: facts.device,
    fellBack: facts.fellBack,
    loadMs,
    promptTokens,
    firstTokenMs: median(firsts),
    tokensPerSecond: median(rates),
    memoryBytes: Math.max(0, most - before),
  };
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}
