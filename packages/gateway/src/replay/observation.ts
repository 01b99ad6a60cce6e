/** How a request ended, besides the codes of errors. */
export const ENDED = {
  answered: "answered",
  /** No answer, or no end of it, within the replay's own bounds. */
  hung: "hung",
  /** The stream ended in good order, but neither as a whole answer nor with an error. */
  unfinished: "ended-without-done",
  /** What came was not what the protocol says. */
  malformed: "malformed",
  /** The person who runs the replay ended it. */
  stopped: "stopped",
} as const;

/** One attempt of a gateway at a provider, as its account of the answer names it. */
export interface ObservedAttempt {
  readonly provider: string;
  readonly outcome: string;
}

/** What became of one request, as its caller saw it. Times in ms from when it was due. */
export interface Observation {
  /** `answered`, or the code of the error, or a word of {@link ENDED} or of a broken connection. */
  readonly outcome: string;
  /** The answer ended in an error after content had been shown. */
  readonly interrupted: boolean;
  readonly streamed: boolean;
  readonly rung?: string | undefined;
  readonly degraded: boolean;
  readonly attempts: readonly ObservedAttempt[];
  /** The answer was cut, and another attempt went on with it. */
  readonly continued: boolean;
  readonly firstTokenMs?: number | undefined;
  readonly totalMs: number;
  /** The text of the answer, as far as it came. */
  readonly text: string;
}

/** Whether a caller that was told nothing else would take this for a whole answer. */
export function looksWhole({ outcome }: Observation): boolean {
  return outcome === ENDED.answered || outcome === ENDED.unfinished;
}

/** Endings that a gateway must never give: without an answer and without a code that says why. */
export function isUnstated({ outcome }: Observation): boolean {
  return (
    outcome === ENDED.hung ||
    outcome === ENDED.unfinished ||
    outcome === ENDED.malformed ||
    outcome.startsWith("connection-") ||
    outcome.startsWith("http-")
  );
}
