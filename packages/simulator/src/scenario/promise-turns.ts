import { setImmediate as eventLoopTurn } from "node:timers/promises";

/** Turns between two turns of the event loop, in which signals of the system and pending output get their chance. */
const TURNS_PER_EVENT_LOOP_TURN = 1_024;

/**
 * Turns for a virtual clock: each lets every promise callback that is ready run. Nothing in a simulated run waits for
 * the world outside, so that a whole turn of the event loop, four times as dear, is needed only now and then.
 */
export function promiseTurns(): () => Promise<void> {
  let turns = 0;
  return () => {
    if (++turns % TURNS_PER_EVENT_LOOP_TURN === 0) return eventLoopTurn();
    // Node runs what is scheduled so when its promise callbacks are done, and before it looks at the world.
    return new Promise((resolve) => process.nextTick(resolve));
  };
}
