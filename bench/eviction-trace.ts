import { type Random, seededRandom } from "tideover/engine";

/** What the questions of one kind of application are like, as far as a cache sees them. */
export interface TraceShape {
  readonly name: string;
  /** Where one meets it, for the report. */
  readonly like: string;
  readonly requests: number;
  /** Share of requests that nobody asks again. */
  readonly oneHitShare: number;
  /** How many questions there are that are asked again. */
  readonly popular: number;
  /** Zipf's exponent over them: 0 is even, 1 is the classic. */
  readonly exponent: number;
  /** Share of the popular questions that give way to new ones over the whole trace (their ranks drift). */
  readonly turnover: number;
  /** Every so many requests a batch of that many new questions runs through, each once; 0: none. */
  readonly batchEvery: number;
  readonly batchSize: number;
}

/** One request: what is asked, as a number, and what its answer weighs in bytes. */
export interface TraceRequest {
  readonly key: string;
  readonly bytes: number;
}

/**
 * Tokens of an answer: log-normal, fitted to the conversation trace of the Azure LLM inference data set of 2023 (output
 * p50 129, p95 451): mu = ln 129, sigma = ln(451 / 129) / 1.645. Patel et al., "Splitwise", ISCA 2024.
 */
const TOKENS = { mu: Math.log(129), sigma: 0.761 };
/** A stored answer: one chunk of about 190 bytes a token, and what an entry costs beside its texts. */
const BYTES_PER_TOKEN = 190;
const ENTRY_BYTES = 700;

/** The shapes compared. How often prompts come back differs by application far more than any two caches differ. */
export const SHAPES: readonly TraceShape[] = [
  {
    name: "shop",
    like: "product texts: a catalogue asked again and again, few free questions",
    requests: 400_000,
    oneHitShare: 0.2,
    popular: 40_000,
    exponent: 0.9,
    turnover: 0.2,
    batchEvery: 0,
    batchSize: 0,
  },
  {
    name: "assistant",
    like: "people chatting: most prompts come once, some questions are everybody's",
    requests: 400_000,
    oneHitShare: 0.7,
    popular: 40_000,
    exponent: 0.8,
    turnover: 0.5,
    batchEvery: 0,
    batchSize: 0,
  },
  {
    name: "nightly batch",
    like: "the shop, with runs of 20,000 prompts that come once each",
    requests: 400_000,
    oneHitShare: 0.2,
    popular: 40_000,
    exponent: 0.9,
    turnover: 0.2,
    batchEvery: 80_000,
    batchSize: 20_000,
  },
  {
    name: "news",
    like: "what is asked changes fast: all of it within the trace, twice over",
    requests: 400_000,
    oneHitShare: 0.4,
    popular: 20_000,
    exponent: 1,
    turnover: 2,
    batchEvery: 0,
    batchSize: 0,
  },
];

/** The requests of a shape; the same seed gives the same ones. */
export function makeTrace(shape: TraceShape, seed: number): TraceRequest[] {
  const random = seededRandom(seed);
  const rankOf = zipf(shape.popular, shape.exponent);
  /** The question at each rank; it changes as time goes by. */
  const atRank = Array.from({ length: shape.popular }, (_, rank) => rank);
  const bytesOf = new Map<number, number>();
  let next = shape.popular;
  let batchLeft = 0;
  const turnoverEvery = shape.requests / Math.max(1, shape.popular * shape.turnover);
  let turnedOver = 0;
  return Array.from({ length: shape.requests }, (_, index) => {
    for (; turnedOver < index / turnoverEvery && shape.turnover > 0; turnedOver++) {
      atRank[Math.floor(random.next() * shape.popular)] = next++;
    }
    if (shape.batchEvery > 0 && index > 0 && index % shape.batchEvery === 0) batchLeft = shape.batchSize;
    const once = batchLeft-- > 0 || random.next() < shape.oneHitShare;
    const question = once ? next++ : (atRank[rankOf(random)] ?? next++);
    let bytes = bytesOf.get(question);
    if (bytes === undefined) {
      bytes = answerBytes(random);
      if (!once) bytesOf.set(question, bytes);
    }
    return { key: `question-${question}`, bytes };
  });
}

/** Draws ranks by Zipf's law: by bisection in the running sums. */
function zipf(count: number, exponent: number): (random: Random) => number {
  const sums = new Float64Array(count);
  let sum = 0;
  for (let rank = 0; rank < count; rank++) {
    sum += (rank + 1) ** -exponent;
    sums[rank] = sum;
  }
  return (random) => {
    const drawn = random.next() * sum;
    let low = 0;
    let high = count - 1;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((sums[middle] ?? 0) < drawn) low = middle + 1;
      else high = middle;
    }
    return low;
  };
}

function answerBytes(random: Random): number {
  // Box and Muller.
  const normal = Math.sqrt(-2 * Math.log(1 - random.next())) * Math.cos(2 * Math.PI * random.next());
  const tokens = Math.max(1, Math.exp(TOKENS.mu + TOKENS.sigma * normal));
  return Math.round(ENTRY_BYTES + BYTES_PER_TOKEN * tokens);
}
