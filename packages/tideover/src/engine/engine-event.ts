import type { Ending, Usage } from "./answer-stream.ts";
import type { Call } from "./call.ts";
import type { Failure } from "./failure.ts";
import type { LimitEvent } from "./layers/limit/limit-event.ts";
import type { Outcome } from "./outcome.ts";
import type { AttemptRecord } from "./provenance.ts";

/** What happens inside the engine, for logs, metrics and the simulator; named noun-verb. */
export type EngineEvent =
  | { readonly type: "call-started"; readonly call: Call }
  | { readonly type: "call-answered"; readonly call: Call; readonly outcome: Outcome; readonly ms: number }
  | {
      readonly type: "call-ended";
      readonly call: Call;
      readonly outcome: Outcome;
      readonly ending: Ending;
      readonly ms: number;
    }
  | { readonly type: "rung-entered"; readonly call: Call; readonly rung: string }
  | { readonly type: "rung-failed"; readonly call: Call; readonly rung: string; readonly failure: Failure }
  | { readonly type: "attempt-started"; readonly call: Call; readonly provider: string; readonly account: string }
  | { readonly type: "attempt-committed"; readonly call: Call; readonly record: Readonly<AttemptRecord> }
  | {
      readonly type: "attempt-ended";
      readonly call: Call;
      readonly record: Readonly<AttemptRecord>;
      /** From sending to this end, in ms. */
      readonly totalMs: number;
      /** The model that was asked, as the provider names it; absent where no answer began. */
      readonly model?: string | undefined;
      /** What the provider reported of its tokens. */
      readonly usage?: Usage | undefined;
      /** The longest silence between two content events, in ms; absent where no answer began. */
      readonly longestGapMs?: number | undefined;
      /** Content events that came; absent where no answer began. */
      readonly contentEvents?: number | undefined;
    }
  | { readonly type: "retry-scheduled"; readonly call: Call; readonly provider: string; readonly delayMs: number }
  | {
      readonly type: "retry-refused";
      readonly call: Call;
      readonly provider: string;
      readonly why: "budget" | "deadline";
    }
  | {
      readonly type: "hedge-started";
      readonly call: Call;
      /** Who has shown nothing for `patienceMs`. */
      readonly provider: string;
      /** Who is asked beside it. */
      readonly to: string;
      readonly patienceMs: number;
    }
  | {
      readonly type: "hedge-refused";
      readonly call: Call;
      readonly provider: string;
      /** `unsteady`: the provider is in trouble or being probed. `nobody`: no other provider is there to be asked. */
      readonly why: "unsteady" | "budget" | "nobody";
    }
  | {
      readonly type: "hedge-ended";
      readonly call: Call;
      /** Undefined when neither of the two answered. */
      readonly answeredBy: string | undefined;
      /** Rough number of prompt tokens that were sent to the one who lost. */
      readonly wastedTokens: number;
    }
  | { readonly type: "chaos-injected"; readonly call: Call; readonly provider: string; readonly fault: string }
  | {
      readonly type: "breaker-changed";
      readonly provider: string;
      readonly account: string;
      readonly model: string;
      readonly state: BreakerStateName;
      readonly reason: string;
    }
  | { readonly type: "cache-hit"; readonly call: Call; readonly fresh: boolean; readonly ageMs: number }
  | { readonly type: "answer-stored"; readonly call: Call; readonly length: number }
  | {
      readonly type: "answer-not-stored";
      readonly call: Call;
      /** `too-long`: more than one entry may hold. `ending`: cut at a length, filtered, or with calls of tools. */
      readonly why: "too-long" | "ending";
    }
  | {
      readonly type: "flight-joined";
      readonly call: Call;
      /** Whether the answer is made in this process or followed from another one. */
      readonly where: "here" | "elsewhere";
    }
  | {
      readonly type: "store-changed";
      readonly store: "cache" | "flights";
      /** False: it failed several times in a row and is left alone for a while. */
      readonly available: boolean;
      readonly reason: string;
    }
  | LimitEvent
  | {
      readonly type: "account-isolated";
      readonly provider: string;
      readonly account: string;
      readonly failure: Failure;
    };

/** The states of a circuit breaker. */
export type BreakerStateName = "closed" | "open" | "half-open";

/**
 * Receives engine events. It is called on the request's path, so it must be quick and must not throw.
 * Where nobody listens there is no function, and the event is not even made.
 */
export type Emit = ((event: EngineEvent) => void) | undefined;
