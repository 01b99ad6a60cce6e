import type { LevelShape } from "../../engine/index.ts";

/**
 * When a route's level changes. Ten seconds of answers decide: a page that hides what is not essential should do so
 * soon. A level is left when its share has halved and stayed there for four seconds, so that a page does not flicker.
 */
export const LEVEL_SHAPE: LevelShape = {
  windowMs: 10_000,
  minimum: 5,
  outage: 0.5,
  degraded: 0.2,
  busy: 0.2,
  leaveAt: 0.5,
  holdMs: 4_000,
};

/** Between two looks at the levels while somebody follows them, in ms. */
export const LOOK_EVERY_MS = 1_000;
/** Readers of the status stream at once. */
export const MOST_FOLLOWERS = 10_000;
