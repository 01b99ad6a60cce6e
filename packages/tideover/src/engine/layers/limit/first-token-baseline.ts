import { Ewma } from "../../kernels/ewma.ts";
import {
  EXPECTED_FIRST_TOKEN_MS,
  FIRST_TOKEN_WARM_UP,
  FIRST_TOKEN_WEIGHT,
  LATE_AT_LEAST_MS,
  LATE_AT_MOST_SHARE,
  LATE_FACTOR,
  PROMPT_BUCKETS,
} from "./defaults.ts";

/**
 * How long first tokens of one provider usually take, by prompt size; it decides when one is late.
 *
 * It learns from calls that were sent while few were in flight (and from the first ones): those show how the provider
 * is without us. Were it to learn from all, then the queue that we cause ourselves would count as usual, the limit
 * would grow, and the queue with it.
 */
export class FirstTokenBaseline {
  readonly #buckets = PROMPT_BUCKETS.map(() => new Ewma(FIRST_TOKEN_WEIGHT));

  /**
   * After how many ms without content a call is late.
   * @param firstTokenMs after how many ms the call would be given up
   */
  lateAfterMs(requestBytes: number, firstTokenMs: number): number {
    const bucket = this.#bucket(requestBytes);
    const atMost = firstTokenMs * LATE_AT_MOST_SHARE;
    const usual = bucket.count < FIRST_TOKEN_WARM_UP ? atMost : LATE_FACTOR * (bucket.value ?? 0);
    return Math.max(LATE_AT_LEAST_MS, Math.min(atMost, usual));
  }

  /** How long a first token will take, in ms. */
  expectedMs(requestBytes: number): number {
    return this.#bucket(requestBytes).value ?? EXPECTED_FIRST_TOKEN_MS;
  }

  /**
   * Notes how long a first token took, or how long it was waited for in vain.
   * @param quiet few calls were in flight when the call was sent
   */
  learn(requestBytes: number, firstTokenMs: number, quiet: boolean): void {
    const bucket = this.#bucket(requestBytes);
    if (quiet || bucket.count < FIRST_TOKEN_WARM_UP) bucket.add(firstTokenMs);
  }

  #bucket(requestBytes: number): Ewma {
    const index = PROMPT_BUCKETS.findIndex((most) => requestBytes <= most);
    const bucket = this.#buckets[index];
    if (bucket === undefined) throw new RangeError(`A request cannot have ${requestBytes} bytes`);
    return bucket;
  }
}
