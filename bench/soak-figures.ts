/** Something measured at a moment. */
export interface Point {
  /** In ms since any origin. */
  readonly at: number;
  readonly value: number;
}

/** How much a value grows each minute, by least squares; NaN of fewer than two points. */
export function growthPerMinute(points: readonly Point[]): number {
  if (points.length < 2) return Number.NaN;
  const mean = (read: (point: Point) => number) => points.reduce((sum, point) => sum + read(point), 0) / points.length;
  const at = mean((point) => point.at);
  const value = mean((point) => point.value);
  const together = points.reduce((sum, point) => sum + (point.at - at) * (point.value - value), 0);
  const spread = points.reduce((sum, point) => sum + (point.at - at) ** 2, 0);
  return (together / spread) * 60_000;
}

/** How a soak's stream ended, as its client saw it. */
export type SoakEnding =
  /** All of it, with its end. */
  | "whole"
  /** An error in its place, or in it: it was flagged. */
  | "flagged"
  /** Refused with a status and `Retry-After`. */
  | "refused"
  /** The client left it. */
  | "left"
  /** It ended without its end and without an error, or the gateway did not answer at all: there must be none. */
  | "wrong";

/** What the bytes of a stream's response say of its end. */
export function endingOf(status: number, tail: string, hasEnded: boolean): SoakEnding {
  if (status !== 200) return status >= 500 || status === 429 ? "refused" : "wrong";
  if (!hasEnded) return "wrong";
  if (tail.includes('"error"')) return "flagged";
  return tail.includes("data: [DONE]") ? "whole" : "wrong";
}
