import { createLimitState, limit, type Service, seededRandom } from "tideover/engine";
import { testCall, VirtualClock } from "tideover/testing";
import { mean, quantile, share } from "../report/quantile.ts";
import { Gradient2 } from "./gradient2.ts";
import { enforce, type Feeding, type LimitAlgorithm } from "./limiter.ts";
import { PlainAimd } from "./plain-aimd.ts";
import { MEAN_HOLD_MS, SLOTS, SlottedUpstream } from "./slotted-upstream.ts";

const MINUTE_MS = 60_000;
/** Calls arrive for so long, ms; those that are open then are followed to their end. */
const RUN_MS = 60 * MINUTE_MS;
/** A first token within this time of the call's arrival is good, ms. */
const GOOD_MS = 5_000;
/** A first token later than this is late for those who look at first tokens, ms. */
const LATE_MS = 3_000;
/** Callers give up after this, ms: far beyond what any limiter should make them wait. */
const CALL_DEADLINE_MS = 120_000;
/** The first-token timer of the engine's route, ms; its default. */
const FIRST_TOKEN_MS = 20_000;
/** The published limit that the engine is told of: it never binds here. */
const MAXIMUM = 500;

/** A load on the upstream, and whether it loses slots. */
export interface LimiterCondition {
  readonly name: "A" | "B" | "C";
  readonly description: string;
  /** Offered load as a share of the capacity. */
  readonly load: number;
  /** Slots from some moments on, ms. */
  readonly slots: readonly { readonly atMs: number; readonly slots: number }[];
}

/** Calm, lasting overload, and a brownout. */
export const LIMITER_CONDITIONS: readonly LimiterCondition[] = [
  { name: "A", description: "0.7 of the capacity", load: 0.7, slots: [] },
  { name: "B", description: "1.9 times the capacity", load: 1.9, slots: [] },
  {
    name: "C",
    description: "0.7 of the capacity, a quarter of the slots for 12 minutes",
    load: 0.7,
    slots: [
      { atMs: 20 * MINUTE_MS, slots: SLOTS / 4 },
      { atMs: 32 * MINUTE_MS, slots: SLOTS },
    ],
  },
];

/** A limiter by name: puts itself before an upstream. */
interface ComparedLimiter {
  readonly name: string;
  protect(upstream: Service, clock: VirtualClock): Service;
}

function algorithm(name: string, feeding: Feeding, make: () => LimitAlgorithm): ComparedLimiter {
  return { name, protect: (upstream, clock) => enforce(make(), feeding, clock, upstream) };
}

/** The limiters of the comparison, Tideover's own last. */
export const LIMITERS: readonly ComparedLimiter[] = [
  { name: "none", protect: (upstream) => upstream },
  algorithm(
    "Gradient2 as it comes, on whole answers",
    { at: "end" },
    () => new Gradient2({ minimum: 20, windowSamples: 10, windowMs: 1_000 }),
  ),
  algorithm(
    "Gradient2, windows of 10 samples, minimum 1",
    { at: "end" },
    () => new Gradient2({ minimum: 1, windowSamples: 10 }),
  ),
  algorithm("AIMD on drops only", { at: "end" }, () => new PlainAimd({ holdMs: 0, growth: "per-sample" })),
  algorithm(
    "Gradient2 on first tokens, drops x 0.9",
    { at: "first-token" },
    () => new Gradient2({ minimum: 1, windowSamples: 10, dropRatio: 0.9 }),
  ),
  algorithm(
    "AIMD on first tokens after 3 s and drops",
    { at: "first-token" },
    () => new PlainAimd({ lateMs: LATE_MS, holdMs: 1_000, growth: "per-round" }),
  ),
  algorithm(
    "the same, late counted at 3 s",
    { at: "first-token", lateAfterMs: LATE_MS },
    () => new PlainAimd({ lateMs: LATE_MS, holdMs: 1_000, growth: "per-round" }),
  ),
  { name: "Tideover", protect: ours },
];

function ours(upstream: Service, clock: VirtualClock): Service {
  const owner = { provider: "upstream", account: "one", model: "m" };
  const state = createLimitState(
    { ...owner, concurrency: "auto", maximum: MAXIMUM },
    { clock, random: seededRandom(1) },
  );
  return limit({ limitFor: () => state, firstTokenMs: () => FIRST_TOKEN_MS })(upstream);
}

/** What one limiter made of one condition, as a mean over the seeds. */
export interface LimiterFigures {
  /** Share of all calls offered whose first token came within 5 s of their arrival. */
  readonly good: number;
  /** Share of all calls offered that the limiter refused. */
  readonly shed: number;
  /** 99th percentile of the time from the arrival to the first token, over the calls that got one, ms. */
  readonly p99Ms: number;
}

/** One row of the comparison. */
export interface LimiterReport {
  readonly limiter: string;
  readonly by: Readonly<Record<LimiterCondition["name"], LimiterFigures & { readonly goodBySeed: readonly number[] }>>;
}

/** What is compared: everything, unless fewer are asked for. */
export interface CompareLimitersOptions {
  readonly seeds: readonly number[];
  /** Names of {@link LIMITERS}. */
  readonly limiters?: readonly string[] | undefined;
  readonly onRun?: ((limiter: string) => void) | undefined;
}

/** Puts every limiter before the same upstream, under the same arrivals, for an hour of virtual time by seed. */
export async function compareLimiters({ seeds, limiters, onRun }: CompareLimitersOptions): Promise<LimiterReport[]> {
  const reports: LimiterReport[] = [];
  for (const limiter of LIMITERS) {
    if (limiters !== undefined && !limiters.includes(limiter.name)) continue;
    onRun?.(limiter.name);
    const by: [string, LimiterReport["by"]["A"]][] = [];
    for (const condition of LIMITER_CONDITIONS) {
      const runs: LimiterFigures[] = [];
      for (const seed of seeds) runs.push(await runLimiter(limiter, condition, seed));
      const average = (of: (figures: LimiterFigures) => number) => mean(runs.map(of));
      by.push([
        condition.name,
        {
          good: average(({ good }) => good),
          shed: average(({ shed }) => shed),
          p99Ms: average(({ p99Ms }) => p99Ms),
          goodBySeed: runs.map(({ good }) => good),
        },
      ]);
    }
    reports.push({ limiter: limiter.name, by: Object.fromEntries(by) as LimiterReport["by"] });
  }
  return reports;
}

async function runLimiter(
  limiter: ComparedLimiter,
  { load, slots }: LimiterCondition,
  seed: number,
): Promise<LimiterFigures> {
  const clock = new VirtualClock();
  const random = seededRandom(seed);
  const upstream = new SlottedUpstream(clock, seededRandom(seed + 1_000));
  for (const change of slots) clock.schedule(change.atMs, () => upstream.setSlots(change.slots));
  const service = limiter.protect(upstream.service, clock);
  const firstTokens: number[] = [];
  let offered = 0;
  let refused = 0;
  const ask = async (index: number) => {
    const now = clock.now();
    const body = { model: "m", messages: [{ role: "user", content: `Question ${index}` }] };
    const outcome = await service(testCall({ request: { body }, startedAt: now, deadline: now + CALL_DEADLINE_MS }));
    if (outcome.type === "failure" && outcome.kind === "rejected") refused++;
    if (outcome.type !== "answer") return;
    firstTokens.push(clock.now() - now);
    while ((await outcome.stream.read()).type === "batch");
  };
  const open: Promise<void>[] = [];
  const everyMs = MEAN_HOLD_MS / (load * SLOTS);
  const arrive = () => {
    if (clock.now() >= RUN_MS) return;
    open.push(ask(offered++));
    clock.schedule(-Math.log(1 - random.next()) * everyMs, arrive);
  };
  arrive();
  await clock.advance(2 * RUN_MS);
  await Promise.all(open);
  const good = firstTokens.filter((ms) => ms <= GOOD_MS).length;
  return { good: share(good, offered), shed: share(refused, offered), p99Ms: quantile(firstTokens, 0.99) };
}
