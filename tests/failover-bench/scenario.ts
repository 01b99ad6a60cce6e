import type { JsonObject } from "tideover/engine";

/** The two providers of every scenario. */
export type Role = "primary" | "fallback";

/** Whether an answer is asked for as a stream, as the bench does, or in one document. */
export type Form = "streamed" | "unstreamed";

/** What the simulated provider is asked about each request that reaches it. */
export interface WallQuestion {
  /** Time since the scenario began, in ms. */
  readonly sinceMs: number;
  /** The request ends with the beginning of an answer that is to be continued. */
  readonly continues: boolean;
}

/** A response in place of an answer. */
export interface Refusal {
  readonly status: number;
  readonly body: JsonObject;
}

/** A request as it reached one of the providers. */
export interface Attempt {
  readonly role: Role;
  /** Since the scenario began, in ms. */
  readonly atMs: number;
  readonly model: string;
  /** What the provider did: the name of a fault, `answered`, or `refused-prefix`. */
  readonly did: string;
}

/** What a caller that reads as the bench's own client does was left with. */
export interface CallResult {
  /** `hang`: nothing final within the caller's patience. */
  readonly outcome: "success" | "error" | "hang";
  readonly content: string;
  readonly error?: string | undefined;
  /** The model that the answer names. */
  readonly model?: string | undefined;
  /** The answer said what it used. */
  readonly usage: boolean;
  /** When a refusal asked to come back (`Retry-After`). */
  readonly retryAfter?: string | undefined;
  /** How old the answer says it is, in seconds (`Age`). */
  readonly age?: string | undefined;
  readonly ms: number;
}

/** One call with what is known of it beside its result. */
export interface Called extends CallResult {
  /** Its place in the crowd or the sequence. */
  readonly index: number;
  readonly sentAtMs: number;
  /** The content is the whole right answer, character by character. */
  readonly complete: boolean;
}

/** A scenario as it went: the caller's view and the provider's. */
export interface Measured {
  readonly calls: readonly Called[];
  readonly attempts: readonly Attempt[];
  /** A sound call through the same system afterwards was answered. */
  readonly aliveAfter: boolean;
  /** From the first call to the end of the last, in ms. */
  readonly ms: number;
}

/** One thing that is checked beside rescue. A failing advisory one makes a rescue partial, any other a failure. */
export interface Check {
  readonly name: string;
  readonly advisory?: boolean;
  holds(measured: Measured): boolean;
}

/** One scenario: what the providers do, what is right, and what is checked. */
export interface Scenario {
  readonly id: string;
  readonly title: string;
  /** What happens, and what is right, for people. */
  readonly fault: string;
  readonly right: string;
  /** The fault that strikes a request at the primary provider, by its name in the simulator; undefined: none. */
  primary?(question: WallQuestion): string | undefined;
  fallback?(question: WallQuestion): string | undefined;
  /** What takes the place of an answer altogether. */
  refuses?(role: Role, question: WallQuestion): Refusal | undefined;
  /** What a caller should get; `mixed`: some an answer, some an error, as the checks say. Default `success`. */
  readonly ideal?: "error" | "mixed";
  /** The caller's patience with one call, in ms. */
  readonly patienceMs: number;
  /** Calls one after the other; default: one. */
  readonly sequence?: { readonly count: number; readonly everyMs: number };
  /** Calls at the same time; default: one. */
  readonly crowd?: number;
  /** Headers that the caller sends. */
  readonly headers?: Readonly<Record<string, string>>;
  /** Headers of one call of a crowd, beside those. */
  headersOf?(index: number): Readonly<Record<string, string>>;
  /** Calls at the same time that each provider's account bears; beyond, it answers 429. Default: plenty. */
  readonly slots?: number;
  /** All callers of a crowd ask the same, at temperature 0. Default: each asks something else. */
  readonly sameQuestion?: boolean;
  /** The ladder ends with the last good answer. */
  readonly endsWithStale?: boolean;
  /** How long a silent provider keeps its connection, in ms. */
  readonly holdMs?: number;
  /** What the primary provider's host is known for (a preset of the catalogue) and the model there. */
  readonly primaryHost?: { readonly preset: string; readonly model: string };
  readonly checks: readonly Check[];
}

/** A scenario's result in one word, by the bench's rules. */
export type Verdict = "pass" | "partial" | "safe" | "fail";

/** A verdict with its reason. */
export interface Judged {
  readonly verdict: Verdict;
  readonly reason: string;
}
