/** What a process is told when it asks to join a flight. */
export type FlightSeat =
  | {
      /** This process makes the answer, or goes on with it, and writes the log. */
      readonly role: "leader";
      /** Fencing: greater than every token that was given for this key before. */
      readonly token: number;
      /** What an earlier leader wrote, to be continued and never begun anew; empty for a new flight. */
      readonly entries: readonly string[];
    }
  /** Another process leads: its log is to be read from the beginning. */
  | { readonly role: "follower" };

/** How a flight ended. */
export type FlightEnding =
  /** The log is the whole answer. */
  | { readonly type: "whole" }
  /** The answer failed; the failure as a JSON text. */
  | { readonly type: "failed"; readonly failure: string }
  /** The answer goes on, but its log does not (it outgrew the bounds): followers are on their own. */
  | { readonly type: "unshared" };

/** What a follower finds in the log. */
export interface FlightRead {
  /** The entries from the asked index on; empty when the wait brought none. */
  readonly entries: readonly string[];
  /** Given once, and only once, every entry before it has been given by this read or an earlier one. */
  readonly ending?: FlightEnding | undefined;
  /** False when the lease is over or was given back without an ending: whoever joins now leads. */
  readonly led: boolean;
  /**
   * Tells one flight of a key from the next, whose log begins anew: entries of two different values belong to two
   * different answers and must never be joined. It stays the same when the lead is handed over.
   */
  readonly flight: number;
  /** How long ago the log last grew, or the flight began, in ms by the ledger's own clock. A bare renewal is no progress. */
  readonly progressAgeMs: number;
}

/**
 * Single-flight across processes: who makes the one answer to identical requests, and the log through which the
 * others follow. It is an optimisation and never a gate: whoever calls bounds every call (100 ms; `read` by its own
 * wait), and a ledger that fails is as if there were none. Methods may reject when the store cannot be reached.
 *
 * Entries are opaque texts. The caller keeps a log within its bounds and ends it with `unshared` when it cannot. What
 * nobody has touched for {@link FORGOTTEN_AFTER_MS} is forgotten.
 */
export interface FlightLedger {
  /**
   * Takes a seat in the flight of a key. The caller leads when there is no flight, when the last one failed or went
   * unshared, or when its lease is over without an ending (the log so far is then to be continued). It follows while
   * somebody leads, and for the lingering time after a whole ending.
   * @param leaseMs how long the leader's seat stands without an `append`
   */
  join(key: string, leaseMs: number): Promise<FlightSeat>;
  /**
   * Writes entries at an index and renews the lease (for the `leaseMs` it was taken with). With no entries it only
   * renews. Entries at places that are written already are skipped, so that an append may be sent twice.
   * @returns whether the caller still leads. False, and nothing written: the token is not the newest one's any more,
   *   the flight is over, or `from` would leave a gap.
   */
  append(key: string, token: number, from: number, entries: readonly string[]): Promise<boolean>;
  /**
   * Ends the flight. A log that ended whole can be joined as a follower for `lingerMs` more; those who follow it read it to
   * its end after that, too, at their own pace.
   * @returns whether the caller still led; if not, nothing was done
   */
  end(key: string, token: number, ending: FlightEnding, lingerMs: number): Promise<boolean>;
  /** Gives the lead back without an ending: whoever joins next goes on with the log. Of a token that leads no more: nothing. */
  release(key: string, token: number): Promise<void>;
  /**
   * Reads the log from an index on. Resolves as soon as there is an entry, an ending, or no leader any more, and at
   * the latest when `waitMs` are over.
   * @returns undefined when there is no such flight (any more)
   */
  read(key: string, from: number, waitMs: number, signal: AbortSignal): Promise<FlightRead | undefined>;
  /** Lets go of everything. */
  close?(): Promise<void>;
}

/** A flight that nobody has touched for so long is forgotten, in ms: longer than any lease, shorter than a shift. */
export const FORGOTTEN_AFTER_MS = 120_000;
