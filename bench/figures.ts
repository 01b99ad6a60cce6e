import type { MeasureName, Sample } from "./measures.ts";
import { median } from "./samples.ts";

/** One line of the budget. */
export interface Figure {
  readonly title: string;
  readonly unit: string;
  readonly must: number;
  /** Undefined where only a bound is set. */
  readonly aim?: number;
  readonly better: "higher" | "lower";
  /** Why there is no value, for what does not exist yet. */
  readonly absent?: string;
  /** The value of one round; NaN where a run that it needs is missing or failed. */
  value(round: Round): number;
}

/** A figure with what was measured. */
export interface FigureResult {
  readonly title: string;
  readonly unit: string;
  readonly must: number;
  readonly aim?: number | undefined;
  readonly median: number;
  readonly least: number;
  readonly most: number;
  readonly verdict: "aim" | "must" | "missed" | "no result" | "measured apart";
}

/** The samples of one round, by measure and system. Ratios are taken within a round only. */
export class Round {
  readonly #samples: readonly Sample[];

  constructor(samples: readonly Sample[]) {
    this.#samples = samples;
  }

  /** One value of one run; NaN when there was no such run, or it had failures. */
  of(measure: MeasureName, system: Sample["system"], name: string): number {
    const sample = this.#samples.find((each) => each.measure === measure && each.system === system);
    return sample === undefined || sample.failures > 0 ? Number.NaN : (sample.values[name] ?? Number.NaN);
  }
}

const perCore = (round: Round, system: Sample["system"]) => round.of("rates", system, "requestsPerCoreSecond");
const added = (round: Round, measure: "latency" | "first-token", system: Sample["system"], name: string) =>
  round.of(measure, system, name) - round.of(measure, "direct", name);

/** The budget, line by line, and what is asked for beside it in comparison with Portkey. */
export const FIGURES: readonly Figure[] = [
  {
    title: "Unstreamed requests per core, vs nginx",
    unit: "x",
    must: 0.15,
    aim: 0.3,
    better: "higher",
    value: (round) => perCore(round, "tideover") / perCore(round, "nginx"),
  },
  {
    title: "The same, folded from a stream of 60 events, vs nginx",
    unit: "x",
    must: 0.05,
    aim: 0.1,
    better: "higher",
    value: (round) => perCore(round, "tideover-folded") / perCore(round, "nginx"),
  },
  {
    title: "Unstreamed requests per core, vs Portkey",
    unit: "x",
    must: 12,
    aim: 25,
    better: "higher",
    value: (round) => perCore(round, "tideover") / perCore(round, "portkey"),
  },
  {
    title: "Stream chunks per second and core, paced streams",
    unit: "/s",
    must: 20_000,
    aim: 40_000,
    better: "higher",
    value: (round) => round.of("streams", "tideover", "chunksPerCoreSecond"),
  },
  {
    title: "Delay added to a chunk of those, p99",
    unit: "ms",
    must: 30,
    better: "lower",
    value: (round) => round.of("streams", "tideover", "delayP99Ms") - round.of("streams", "direct", "delayP99Ms"),
  },
  {
    title: "Stream chunks per second and core, saturated",
    unit: "/s",
    must: 27_000,
    better: "higher",
    value: (round) => round.of("saturation", "tideover", "chunksPerCoreSecond"),
  },
  {
    title: "The same, vs Portkey",
    unit: "x",
    must: 3,
    better: "higher",
    value: (round) =>
      round.of("saturation", "tideover", "chunksPerCoreSecond") /
      round.of("saturation", "portkey", "chunksPerCoreSecond"),
  },
  {
    title: "Added latency at 250 requests/s, p50",
    unit: "ms",
    must: 0.6,
    aim: 0.3,
    better: "lower",
    value: (round) => added(round, "latency", "tideover", "p50Ms"),
  },
  {
    title: "The same, as a share of Portkey's",
    unit: "x",
    must: 1 / 3,
    better: "lower",
    value: (round) => added(round, "latency", "tideover", "p50Ms") / added(round, "latency", "portkey", "p50Ms"),
  },
  {
    title: "Added time to the first token, p50",
    unit: "ms",
    must: 1,
    aim: 0.4,
    better: "lower",
    value: (round) => added(round, "first-token", "tideover", "p50Ms"),
  },
  {
    title: "Memory per open silent stream",
    unit: "KB",
    must: 40,
    aim: 15,
    better: "lower",
    value: (round) => round.of("start", "tideover", "kilobytesPerStream"),
  },
  {
    title: "The same, as a share of Portkey's",
    unit: "x",
    must: 1,
    better: "lower",
    value: (round) =>
      round.of("start", "tideover", "kilobytesPerStream") / round.of("start", "portkey", "kilobytesPerStream"),
  },
  {
    title: "Exact cache hits per second and core",
    unit: "/s",
    must: 20_000,
    aim: 45_000,
    better: "higher",
    absent: "measured apart",
    value: () => Number.NaN,
  },
  {
    title: "Start to first answer",
    unit: "ms",
    must: 500,
    aim: 200,
    better: "lower",
    value: (round) => round.of("start", "tideover", "startMs"),
  },
  {
    title: "Memory when idle after the start",
    unit: "MB",
    must: 90,
    aim: 60,
    better: "lower",
    value: (round) => round.of("start", "tideover", "idleMegabytes"),
  },
  {
    title: "Engine's own time per call, in process, whole answer",
    unit: "us",
    must: 40,
    aim: 10,
    better: "lower",
    value: (round) => round.of("engine", "engine", "stackWholeMicros"),
  },
  {
    title: "Simulated calls per second in virtual time",
    unit: "/s",
    must: 5_000,
    aim: 20_000,
    better: "higher",
    value: (round) => round.of("simulation", "simulator", "callsPerSecond"),
  },
];

/** Judges every figure over all rounds. */
export function judge(samples: readonly Sample[]): FigureResult[] {
  const numbers = [...new Set(samples.map(({ round }) => round))];
  const rounds = numbers.map((number) => new Round(samples.filter(({ round }) => round === number)));
  return FIGURES.map((figure) => {
    const values = rounds.map((round) => figure.value(round)).filter((value) => Number.isFinite(value));
    const { title, unit, must, aim } = figure;
    const middle = median(values);
    const least = values.length === 0 ? Number.NaN : Math.min(...values);
    const most = values.length === 0 ? Number.NaN : Math.max(...values);
    return { title, unit, must, aim, median: middle, least, most, verdict: verdictOf(figure, middle) };
  });
}

function verdictOf({ must, aim, better, absent }: Figure, value: number): FigureResult["verdict"] {
  if (absent !== undefined) return "measured apart";
  if (Number.isNaN(value)) return "no result";
  const meets = (bound: number) => (better === "higher" ? value >= bound : value <= bound);
  if (aim !== undefined && meets(aim)) return "aim";
  return meets(must) ? "must" : "missed";
}
