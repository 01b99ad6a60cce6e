import { hashTextTwice } from "../text/hash-text.ts";
import type { CallRecord } from "./call-record.ts";
import type { BreakerChange } from "./scenario-result.ts";

/**
 * A fingerprint of all that happened in a run: 16 hex digits, the same when and only when (nearly) it went the same,
 * in the same order.
 */
export class ResultHash {
  #low = 0;
  #high = 1;

  /** Takes what happened next. */
  add(happened: CallRecord | BreakerChange): void {
    [this.#low, this.#high] = hashTextTwice(JSON.stringify(happened), this.#low, this.#high);
  }

  /** The digits, of all that was taken. */
  get digits(): string {
    return this.#high.toString(16).padStart(8, "0") + this.#low.toString(16).padStart(8, "0");
  }
}
