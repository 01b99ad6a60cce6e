import type { ContinuationMode, Evidence } from "tideover/providers";

/** How far away a provider is. Times in ms; absent where something before it failed or it was not measured. */
export interface Reach {
  readonly reachable: boolean;
  readonly dnsMs?: number;
  readonly connectMs?: number;
  readonly tlsMs?: number;
  /** Requests go through a proxy, so the way itself was not measured. */
  readonly proxied: boolean;
  readonly problem?: string;
}

/** What became of one key. Never holds the key itself. */
export interface KeyReport {
  readonly account: string;
  /** `unknown`: nothing that would prove it could be asked. */
  readonly state: "accepted" | "refused" | "unknown";
  readonly problem?: string;
  readonly balance?: Balance;
}

export interface Balance {
  readonly available: boolean;
  /** For people, as the provider states it: `CNY 110.00`. */
  readonly amounts: readonly string[];
}

/** One model name of the configuration. */
export interface MappedModel {
  /** As callers name it; `*` for every other name. */
  readonly from: string;
  readonly to: string;
  /** Whether the provider lists it; undefined where it gave no list. */
  readonly offered?: boolean;
}

/** Where a stream says what it used. */
export type UsagePlacement = "finish" | "trailing" | "both" | "none";

/** What the small streams showed. */
export interface StreamReport {
  /** The model as callers name it, and as it was asked for. */
  readonly model: string;
  readonly upstreamModel: string;
  /** As the answer names it. */
  readonly answeredAs?: string;
  /** Times to the first token, in ms, in the order of asking. */
  readonly firstTokenMs: readonly number[];
  readonly usage?: UsagePlacement;
  readonly problems: readonly string[];
}

/**
 * How a provider treats the beginning of an answer that it is to go on from.
 * - `exact`: goes on after its last character, with the very words of the uncut answer.
 * - `continues`: goes on after its last character, later words differ.
 * - `trims-space`: goes on, and repeats the white space at its end.
 * - `adds-space`: goes on after white space of its own.
 * - `echoes`: repeats it, then goes on; an answer begun anew in the very same words looks alike.
 * - `restarts`: begins the answer anew.
 * - `ignores`: writes something else.
 * - `stops`: ends without a word.
 * - `refused`: does not accept such a request.
 * - `failed`: could not be tried: busy, too slow, cut.
 */
export type PrefixTreatment =
  | "exact"
  | "continues"
  | "trims-space"
  | "adds-space"
  | "echoes"
  | "restarts"
  | "ignores"
  | "stops"
  | "refused"
  | "failed";

/** One cut of an answer, and how the provider went on. */
export interface CutReport {
  /** Position of the cut, in UTF-16 units. */
  readonly at: number;
  readonly place: "between-pieces" | "after-space" | "inside-word";
  readonly treatment: PrefixTreatment;
  /** It reasoned again before it went on. */
  readonly thinksAgain: boolean;
  readonly problem?: string;
}

/** One continuation mode as it was tried. */
export interface ModeReport {
  readonly mode: ContinuationMode;
  readonly cuts: readonly CutReport[];
  /** `works`: what Tideover sews together is the uncut text. `broken`: it is not. `untold`: it could not be tried. */
  readonly verdict: "works" | "broken" | "untold";
}

/** What became of the attempt to cut an answer and to continue it. */
export interface ContinuationReport {
  /** As the configuration has it, and how sure that is. */
  readonly mode: ContinuationMode;
  readonly evidence: Evidence;
  /** Modes that were tried, the configured one first. */
  readonly tried: readonly ModeReport[];
  /** Why nothing could be tried. */
  readonly problem?: string;
}

/** What a finding is about; the words are the messages'. */
export type Finding =
  | { readonly level: "wrong"; readonly code: "unreachable"; readonly detail: string }
  | { readonly level: "wrong"; readonly code: "key-refused"; readonly account: string; readonly detail: string }
  | { readonly level: "wrong"; readonly code: "no-balance"; readonly account: string; readonly detail: string }
  | { readonly level: "wrong"; readonly code: "model-not-offered"; readonly from: string; readonly to: string }
  | { readonly level: "wrong"; readonly code: "no-answer"; readonly detail: string }
  | {
      readonly level: "wrong";
      readonly code: "continuation-broken";
      readonly mode: string;
      readonly treatments: readonly PrefixTreatment[];
    }
  | { readonly level: "wrong"; readonly code: "not-finished" }
  | { readonly level: "advice"; readonly code: "no-model" }
  | { readonly level: "advice"; readonly code: "no-key" }
  | { readonly level: "advice"; readonly code: "no-usage" }
  | { readonly level: "advice"; readonly code: "some-streams-failed"; readonly detail: string }
  | { readonly level: "advice"; readonly code: "continuation-untold"; readonly mode: string; readonly detail: string }
  | { readonly level: "advice"; readonly code: "continuation-doubtful"; readonly mode: string }
  | { readonly level: "advice"; readonly code: "continuation-unused"; readonly mode: string }
  | { readonly level: "advice"; readonly code: "continuation-none" }
  | { readonly level: "advice"; readonly code: "mode-found"; readonly mode: string }
  | { readonly level: "fine"; readonly code: "continuation-works"; readonly mode: string };

/** Everything that was found at one provider. */
export interface ProviderReport {
  readonly provider: string;
  readonly preset: string;
  readonly baseUrl: string;
  readonly reach: Reach;
  readonly keys: readonly KeyReport[];
  /** Models that the provider lists; absent where it gave no list. */
  readonly offered?: number;
  readonly mapped: readonly MappedModel[];
  readonly stream?: StreamReport;
  readonly continuation?: ContinuationReport;
  readonly findings: readonly Finding[];
  /** Nothing is wrong. */
  readonly ok: boolean;
}
