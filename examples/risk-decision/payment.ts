/** A payment that waits for a decision. */
export interface Payment {
  readonly id: string;
  readonly amountCents: number;
  /** The customer's account, in days. */
  readonly accountAgeDays: number;
  /** Payments of this customer within the last hour. */
  readonly lastHour: number;
  /** Whether card and connection are of the same country. */
  readonly sameCountry: boolean;
  /** What the customer wrote to the seller: what rules cannot read and a language model can. */
  readonly note: string;
}

/** What becomes of a payment. */
export type Verdict = "approve" | "decline";

const NOTES = [
  "Please leave it with the neighbour.",
  "Gift for my mother, thank you!",
  "send quick, other address see my mail",
  "Second half of our order from Monday.",
  "codes by chat please, not by post",
];

/** The same payments for the same seed, of the kinds that a shop sees. */
export function* payments(seed: number): Generator<Payment, never, undefined> {
  let state = seed >>> 0;
  // Mulberry32: a payment generator needs no better one.
  const random = () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
  for (let count = 1; ; count++) {
    yield {
      id: `payment-${count}`,
      amountCents: Math.round(500 + 10 ** (2 + 3 * random())),
      accountAgeDays: Math.floor(2_000 * random() ** 3),
      lastHour: Math.floor(8 * random() ** 4),
      sameCountry: random() < 0.9,
      note: NOTES[Math.floor(random() * NOTES.length)] ?? "",
    };
  }
}
