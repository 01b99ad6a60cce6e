import type { Spike } from "../arrivals/arrival.ts";

/** A share of the callers that asks with an urgency of its own. */
export interface PriorityShare {
  /** RFC 9218 urgency, 0 (critical) to 7 (background). */
  readonly urgency: number;
  /** 0 to 1; what the shares leave over asks with the usual 3. */
  readonly share: number;
}

/** Callers with a key of their own, whose answers are theirs alone. */
export interface TenantShare {
  /** Name of the tenant and of its key; the key's rates are `config.keys`. */
  readonly name: string;
  /** Its part of the calls, as a weight beside those of the others. */
  readonly weight: number;
  /** A time in which the weight is so many times as much; the arrivals need a spike of their own to be more. */
  readonly flood?: Spike | undefined;
}

/** A fixed number of users, each of whom asks, reads, thinks, and asks again. */
export interface Population {
  readonly users: number;
  /** Mean time between an answer and the next question, ms; exponential. */
  readonly thinkMs: number;
}

/** How the people and programs that ask behave. Times in ms. */
export interface CallerPlan {
  /** The model they ask for. */
  readonly model: string;
  /** Share of the calls that stream, 0 to 1. */
  readonly streamed: number;
  /** What they ask for at most; the route's deadline may be shorter. Absent: the route's. */
  readonly deadlineMs?: number | undefined;
  /** They hang up without a word when nothing has come by then. Absent: they wait for what they are told. */
  readonly patienceMs?: number | undefined;
  /** How often they ask again when they got an error, with the back-off of the OpenAI SDK. */
  readonly retries: number;
  readonly priorities: readonly PriorityShare[];
  /** Who asks; absent: one tenant without a key. */
  readonly tenants?: readonly TenantShare[] | undefined;
  /**
   * How many different questions there are; the nth is asked 1/n times as often as the first (Zipf). Answers are then
   * cached and shared where the route says so. Absent: every call has a question of its own, and nothing is kept.
   */
  readonly questions?: number | undefined;
  /** A closed population replaces the arrivals' times; their lengths stay. */
  readonly population?: Population | undefined;
}
