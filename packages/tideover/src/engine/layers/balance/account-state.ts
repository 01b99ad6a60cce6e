import { PeakEwma } from "../../kernels/peak-ewma.ts";
import { FIRST_TOKEN_FADE_MS, UNMEASURED_FIRST_TOKEN_MS } from "./defaults.ts";

/** What is remembered of one account (key) of a provider; shared by all routes that use it. */
export interface AccountState {
  /** Names the key, never the key itself. */
  readonly id: string;
  /** Until when the provider's refusal of this key is taken as final, on the engine's clock (ms). */
  isolatedUntil: number;
  /** Calls whose streams have not ended. */
  inFlight: number;
  /** Rough number of tokens, prompts and answers, of those calls. */
  inFlightTokens: number;
  /** How long its first tokens take, in ms; a failure counts as a late one. */
  readonly firstToken: PeakEwma;
  /** When it last failed, on the engine's clock (ms); long ago once it has answered since. */
  failedAt: number;
}

/** A fresh account. */
export function newAccountState(id: string): AccountState {
  return {
    id,
    isolatedUntil: Number.NEGATIVE_INFINITY,
    inFlight: 0,
    inFlightTokens: 0,
    firstToken: new PeakEwma(FIRST_TOKEN_FADE_MS, UNMEASURED_FIRST_TOKEN_MS),
    failedAt: Number.NEGATIVE_INFINITY,
  };
}
