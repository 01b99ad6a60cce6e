import { describe, expect, test } from "vitest";
import { testCall, textEvent, VirtualClock } from "../../../testing/index.ts";
import { type AnswerStream, type Batch, type Ending, WHOLE } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { failure } from "../../failure.ts";
import { seededRandom } from "../../kernels/seeded-random.ts";
import type { Answer, Outcome } from "../../outcome.ts";
import type { Random } from "../../random.ts";
import type { Service } from "../../service.ts";
import { limit } from "./limit.ts";
import type { LimitEvent } from "./limit-event.ts";
import { createLimitState, type LimitState } from "./limit-state.ts";

// The comparison of limiters in miniature. Good is a first token within 5 s of the call's arrival, as a share of all
// calls offered, those refused included. An hour each; means of three seeds.

const SLOTS = 40;
const UPSTREAM_QUEUE = 60;
const GOOD_MS = 5_000;
const PREFILL_MS = 500;
/** How long a call holds its slot on average: 500 tokens at 25 a second. */
const MEAN_CALL_MS = 20_000;
const FIRST_TOKEN_MS = 20_000;
const MINUTE_MS = 60_000;
const RUN_MS = 60 * MINUTE_MS;
const SEEDS = [1, 2, 3];

const normal = (random: Random) => Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
/** Lengths of answers are lognormal, with a sigma of 0.8 as in chat traffic. */
const callMs = (random: Random) => MEAN_CALL_MS * Math.exp(0.8 * normal(random) - 0.32);

/** An answer whose first event is there and whose ending comes when the promise says. */
function answerEnding(ending: Promise<Ending>): Answer {
  let first: Batch | undefined = { type: "batch", events: [textEvent("x")] };
  const stream: AnswerStream = {
    read() {
      const batch = first;
      first = undefined;
      return batch === undefined ? ending : Promise.resolve(batch);
    },
    cancel() {},
  };
  return { type: "answer", origin: { rung: "live", degraded: false }, stream };
}

const busy = failure("overloaded", "http-503", "busy", { status: 503 });

/** Slots, a FIFO queue, and a 503 when that is full. */
class SlottedUpstream {
  #slots = SLOTS;
  readonly #clock: VirtualClock;
  readonly #random: Random;
  readonly #waiting: (() => void)[] = [];
  #taken = 0;

  constructor(clock: VirtualClock, random: Random) {
    this.#clock = clock;
    this.#random = random;
  }

  readonly service: Service = () => {
    if (this.#taken >= this.#slots && this.#waiting.length >= UPSTREAM_QUEUE) return Promise.resolve(busy);
    return new Promise<Outcome>((resolve) => {
      this.#waiting.push(() => this.#serve(resolve));
      this.#startNext();
    });
  };

  setSlots(slots: number): void {
    this.#slots = slots;
    this.#startNext();
  }

  #startNext(): void {
    while (this.#taken < this.#slots) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#taken++;
      next();
    }
  }

  #serve(resolve: (outcome: Outcome) => void): void {
    const ended = Promise.withResolvers<Ending>();
    this.#clock.schedule(PREFILL_MS, () => resolve(answerEnding(ended.promise)));
    this.#clock.schedule(PREFILL_MS + callMs(this.#random), () => {
      this.#taken--;
      ended.resolve(WHOLE);
      this.#startNext();
    });
  }
}

/** An upstream that is slow or refuses by chance, whatever we send: most of its load is not ours. */
function fickleUpstream(clock: VirtualClock, random: Random, now: () => Fickleness): Service {
  return () =>
    new Promise((resolve) => {
      const { p50Ms, p95Ms, busyShare } = now();
      if (random.next() < busyShare) return resolve(busy);
      const firstTokenMs = p50Ms * Math.exp((Math.log(p95Ms / p50Ms) / 1.645) * normal(random));
      if (firstTokenMs > FIRST_TOKEN_MS) {
        const late = failure("overloaded", "first-token-timeout", "No content within 20 s.");
        return clock.schedule(FIRST_TOKEN_MS, () => resolve(late));
      }
      const ended = Promise.withResolvers<Ending>();
      clock.schedule(firstTokenMs, () => resolve(answerEnding(ended.promise)));
      clock.schedule(firstTokenMs + callMs(random), () => ended.resolve(WHOLE));
    });
}

interface Fickleness {
  readonly p50Ms: number;
  readonly p95Ms: number;
  readonly busyShare: number;
}
/** The states of a provider's day; its own facts page derives them from what has been seen of DeepSeek. */
const CALM: Fickleness = { p50Ms: 1_200, p95Ms: 3_000, busyShare: 0.003 };
const PEAK: Fickleness = { p50Ms: 3_000, p95Ms: 20_000, busyShare: 0.02 };
const BROWNOUT: Fickleness = { p50Ms: 45_000, p95Ms: 300_000, busyShare: 0.25 };

/** What became of the calls of one run, or of a part of it. */
class Tally {
  offered = 0;
  good = 0;
  refused = 0;
  readonly firstTokens: number[] = [];

  get goodShare(): number {
    return this.good / this.offered;
  }

  get p99Ms(): number {
    const sorted = this.firstTokens.toSorted((a, b) => a - b);
    return sorted[Math.floor(sorted.length * 0.99)] ?? 0;
  }
}

interface Run {
  readonly clock: VirtualClock;
  readonly random: Random;
  readonly service: Service;
  /** Calls per ms. */
  readonly rate: number;
  readonly goodMs?: number;
  /** What is special about the next call. */
  readonly next?: (random: Random) => Partial<Call>;
  /** Where the call is to be counted. */
  tallyOf(call: Call): Tally;
}

/** Offers Poisson arrivals for an hour and reads every answer to its end. */
async function offer({ clock, random, service, rate, goodMs = GOOD_MS, next, tallyOf }: Run): Promise<void> {
  let calls = 0;
  const ask = async (call: Call) => {
    const tally = tallyOf(call);
    tally.offered++;
    const outcome = await service(call);
    if (outcome.type === "failure" && outcome.kind === "rejected") tally.refused++;
    if (outcome.type !== "answer") return;
    const firstTokenMs = clock.now() - call.startedAt;
    tally.firstTokens.push(firstTokenMs);
    if (firstTokenMs <= goodMs) tally.good++;
    while ((await outcome.stream.read()).type === "batch");
  };
  const arrive = () => {
    const now = clock.now();
    if (now >= RUN_MS) return;
    const body = { model: "m", messages: [{ role: "user", content: `Question ${calls++}` }] };
    void ask(testCall({ request: { body }, startedAt: now, deadline: now + 120_000, ...next?.(random) }));
    clock.schedule(-Math.log(1 - random.next()) / rate, arrive);
  };
  arrive();
  await clock.advance(2 * RUN_MS);
}

function limited(clock: VirtualClock, upstream: Service, onEvent?: (event: LimitEvent) => void) {
  const owner = { provider: "p", account: "a", model: "m" };
  const state: LimitState = createLimitState(
    { ...owner, concurrency: "auto", maximum: 500, onEvent },
    { clock, random: seededRandom(1) },
  );
  return { state, service: limit({ limitFor: () => state, firstTokenMs: () => FIRST_TOKEN_MS })(upstream) };
}

async function compare(load: number, brownout: boolean, protect = true): Promise<{ good: number; p99Ms: number }> {
  const results: Tally[] = [];
  for (const seed of SEEDS) {
    const clock = new VirtualClock();
    const upstream = new SlottedUpstream(clock, seededRandom(seed + 1_000));
    if (brownout) {
      clock.schedule(20 * MINUTE_MS, () => upstream.setSlots(10));
      clock.schedule(32 * MINUTE_MS, () => upstream.setSlots(SLOTS));
    }
    const { state, service } = limited(clock, upstream.service);
    const tally = new Tally();
    const rate = (load * SLOTS) / MEAN_CALL_MS;
    const run = { clock, random: seededRandom(seed), rate, tallyOf: () => tally };
    await offer({ ...run, service: protect ? service : upstream.service });
    expect(state.snapshot()).toMatchObject({ inFlight: 0, waiting: { critical: 0, standard: 0 } });
    expect(clock.pendingTimers).toBe(0);
    results.push(tally);
  }
  const mean = (of: (tally: Tally) => number) => results.map(of).reduce((a, b) => a + b) / results.length;
  return { good: mean((tally) => tally.goodShare), p99Ms: mean((tally) => tally.p99Ms) };
}

describe("an upstream with 40 slots", () => {
  test("at 0.7 of its capacity next to nobody is refused", async () => {
    expect((await compare(0.7, false)).good).toBeGreaterThanOrEqual(0.98);
  });

  test("at 1.9 times its capacity nearly all that it can do is done in time; without a limit next to nothing", async () => {
    const ours = await compare(1.9, false);
    expect(ours.good).toBeGreaterThanOrEqual(0.5);
    expect(ours.p99Ms).toBeLessThan(6_000);
    const unprotected = await compare(1.9, false, false);
    expect(unprotected.good).toBeLessThan(0.05);
  });

  test("when it browns out to 10 slots and comes back, first tokens stay quick and the recovery is whole", async () => {
    const ours = await compare(0.7, true);
    expect(ours.good).toBeGreaterThanOrEqual(0.83);
    expect(ours.p99Ms).toBeLessThan(12_000);
    const unprotected = await compare(0.7, true, false);
    expect(unprotected.p99Ms).toBeGreaterThan(60_000);
  });

  test("at 1.9 times its capacity critical calls go through, and none is refused while a lesser one is admitted", async () => {
    const clock = new VirtualClock();
    const upstream = new SlottedUpstream(clock, seededRandom(7));
    const tallies = new Map<number, Tally>();
    const events: { at: number; event: LimitEvent }[] = [];
    const { service } = limited(clock, upstream.service, (event) => events.push({ at: clock.now(), event }));
    await offer({
      clock,
      service,
      random: seededRandom(8),
      rate: (1.9 * SLOTS) / MEAN_CALL_MS,
      next: (random) => ({ priority: [1, 3, 3, 3, 5, 5, 7][Math.floor(random.next() * 7)] ?? 3 }),
      tallyOf: ({ priority }) => {
        const tally = tallies.get(priority) ?? new Tally();
        tallies.set(priority, tally);
        return tally;
      },
    });
    expect(tallies.get(1)?.goodShare).toBeGreaterThan(0.95);
    expect(tallies.get(3)?.goodShare).toBeGreaterThan(0.65);
    expect(tallies.get(5)?.goodShare).toBeLessThan(0.25);

    const isCritical = (event: LimitEvent) => "call" in event && event.call.priority <= 1;
    const inversions = events.filter(({ at, event }) => {
      if (event.type !== "permit-refused" || !isCritical(event)) return false;
      const since = at - event.waitedMs;
      return events.some(
        (other) =>
          other.event.type === "permit-granted" && !isCritical(other.event) && other.at > since && other.at <= at,
      );
    });
    expect(inversions).toEqual([]);
  });
});

describe("an upstream whose moods are not of our making", () => {
  /** The share of good calls (first token within 10 s) in each third of an hour, at 110 calls in flight. */
  async function thirds(states: readonly [Fickleness, Fickleness, Fickleness]): Promise<number[]> {
    const tallies = [new Tally(), new Tally(), new Tally()];
    const thirdOf = (now: number) => Math.min(2, Math.floor(now / (20 * MINUTE_MS)));
    const tallyOf = (call: Call) => tallies[thirdOf(call.startedAt)] ?? new Tally();
    for (const seed of SEEDS) {
      const clock = new VirtualClock();
      const upstream = fickleUpstream(clock, seededRandom(seed), () => states[thirdOf(clock.now())] ?? CALM);
      const { service } = limited(clock, upstream);
      await offer({ clock, random: seededRandom(seed + 100), service, rate: 5.3 / 1_000, goodMs: 10_000, tallyOf });
    }
    return tallies.map((tally) => tally.goodShare);
  }

  test("a long tail is found out to be no reason to send less", async () => {
    // 83% of its first tokens come within 10 s, whoever asks. Plain AIMD gets 4% for good.
    const [first = 0, second = 0, third = 0] = await thirds([PEAK, PEAK, PEAK]);
    expect(first).toBeGreaterThan(0.4);
    expect(second).toBeGreaterThan(0.65);
    expect(third).toBeGreaterThan(0.7);
  });

  test("so is a turn for the worse", async () => {
    const [calm = 0, peak = 0, calmAgain = 0] = await thirds([CALM, PEAK, CALM]);
    expect(calm).toBeGreaterThan(0.9);
    expect(peak).toBeGreaterThan(0.6);
    expect(calmAgain).toBeGreaterThan(0.95);
  });

  test("after a brownout it is back within minutes", async () => {
    const [, , after = 0] = await thirds([CALM, BROWNOUT, CALM]);
    expect(after).toBeGreaterThan(0.85);
  });
});
