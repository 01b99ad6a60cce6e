import { hashText } from "../text/hash-text.ts";
import type { CallRecord } from "./call-record.ts";
import type { BreakerChange } from "./scenario-result.ts";

/** A fingerprint of all that happened in a run: 16 hex digits, the same when and only when (nearly) it went the same. */
export function resultHash(calls: readonly CallRecord[], breakers: readonly BreakerChange[]): string {
  let low = 0;
  let high = 1;
  const add = (text: string) => {
    low = hashText(text, low);
    high = hashText(text, high);
  };
  for (const call of calls) add(JSON.stringify(call));
  for (const change of breakers) add(JSON.stringify(change));
  return high.toString(16).padStart(8, "0") + low.toString(16).padStart(8, "0");
}
