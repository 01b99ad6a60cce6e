import type { ResolvedShedding } from "tideover/config";
import { type Clock, OpenRoom } from "tideover/engine";
import type { Admission, Admitted } from "tideover/front";
import type { Log } from "../logging/index.ts";
import {
  BUSY_FADE_MS,
  BUSY_SHARE,
  CLASS_RETRY_AFTER_MS,
  CLASS_SHARES,
  COST_FALL_MS,
  COST_RISE_MS,
  FALL,
  IDLE_DOUBLE_MS,
  IDLE_HALVE_MS,
  LATE_FADE_MS,
  LATE_SHARE,
  LEAST_BUSY_SHARE,
  LEAST_OPEN,
  LOOK_MS,
  MOST_OPEN,
  OWN_BUSY_SHARE,
  QUIET_MS,
  RISE,
  STANDING_MS,
  START_OPEN,
  STEP_MS,
} from "./defaults.ts";
import { type LoopLook, type WatchLoop, watchLoop } from "./watch-loop.ts";

/** What load shedding needs. */
export interface LoadSheddingParts {
  readonly clock: Clock;
  readonly log: Log;
  /** Default: this process's own event loop. */
  readonly watch?: WatchLoop | undefined;
}

/** How full a process is, for metrics and status pages. */
export interface LoadSnapshot {
  /** Calls that may be open at once; undefined where nothing is refused. */
  readonly room: number | undefined;
  /** Calls that were let in and have not ended. */
  readonly open: number;
  /** Share of the time in which the event loop is busy, from 0 to 1. */
  readonly busyShare: number;
  /** The loop has been late for longer than a hiccup. */
  readonly isLate: boolean;
  /** Calls refused since the start. */
  readonly refused: number;
}

/**
 * Why a call was refused: the event loop is `late`; `room`: more are open than the process has been seen to bear;
 * `most-open`: as many are open as the settings allow.
 */
export type RefusalReason = "late" | "room" | "most-open";

/** Told of each call that is refused, at once: it must be quick and must not throw. @param priority 0 to 7 */
export type HearRefusal = (reason: RefusalReason, priority: number) => void;

/**
 * Refuses calls before this process is so full that the answers under way begin to stutter: an event loop that cannot
 * keep up delays every chunk of every stream, and one more caller then costs all the others.
 */
export class LoadShedding {
  readonly #parts: LoadSheddingParts;
  readonly #stop: () => void;
  #settings: ResolvedShedding | "off" = "off";
  #room: OpenRoom | undefined;
  /**
   * Calls that were let in and have not ended. Not the server's requests: those include the pages that follow the status,
   * bodies that are still on their way, and the refused ones until they have gone out.
   */
  #open = 0;
  /** Those of them that are streams without their first token. */
  #waiting = 0;
  #refused = 0;
  /** How many had been refused when the log last said that it began; undefined while nothing is refused. */
  #begunAt: number | undefined;
  #refusedLast = 0;
  #hear: HearRefusal | undefined;

  constructor(parts: LoadSheddingParts) {
    this.#parts = parts;
    this.#stop = (parts.watch ?? watchLoop)(LOOK_MS, (look) => this.#onLook(look));
  }

  /** Puts settings in force; what was learned stays while they are the same. */
  use(settings: ResolvedShedding | "off"): void {
    if (JSON.stringify(settings) === JSON.stringify(this.#settings)) return;
    this.#settings = settings;
    this.#room = settings === "off" ? undefined : roomFor(settings);
  }

  /** Who counts what is refused. */
  tellRefusals(hear: HearRefusal): void {
    this.#hear = hear;
  }

  /**
   * Lets a call of a priority (0 to 7) in, where there is room for it, until its end is told; else says how long it should
   * wait, in ms.
   */
  readonly admit = (priority: number): Admission => {
    const callClass = Math.min(CLASS_SHARES.length - 1, Math.max(0, Math.floor(priority / 2)));
    const waitMs = CLASS_RETRY_AFTER_MS[callClass];
    if (waitMs === undefined || this.#room === undefined || this.#room.admits(callClass, this.#open)) {
      this.#open++;
      return this.#admitted;
    }
    this.#refused++;
    this.#hear?.(this.#reason(this.#room), priority);
    this.#tellOfBeginning();
    return waitMs;
  };

  /** One for all calls, so that letting one in makes nothing new. */
  readonly #admitted: Admitted = {
    waits: () => {
      this.#waiting++;
    },
    begins: () => {
      this.#waiting--;
    },
    ends: (isWaiting) => {
      this.#open--;
      if (isWaiting) this.#waiting--;
    },
  };

  snapshot(): LoadSnapshot {
    const room = this.#room;
    return {
      room: room?.room,
      open: this.#open,
      busyShare: room?.busyShare ?? 0,
      isLate: room?.isLate ?? false,
      refused: this.#refused,
    };
  }

  /** Looks no more. */
  close(): void {
    this.#stop();
  }

  #onLook(look: LoopLook): void {
    const now = this.#parts.clock.now();
    this.#room?.observe(now, { ...look, open: this.#open, waiting: this.#waiting });
    if (this.#begunAt === undefined || now - this.#refusedLast < QUIET_MS) return;
    const refused = this.#refused - this.#begunAt;
    this.#begunAt = undefined;
    this.#parts.log.info({ event: "shedding-ended", refused }, "There is room for every call again.");
  }

  #reason({ isLate, room }: OpenRoom): RefusalReason {
    if (isLate) return "late";
    return this.#settings !== "off" && room >= mostOf(this.#settings) ? "most-open" : "room";
  }

  #tellOfBeginning(): void {
    this.#refusedLast = this.#parts.clock.now();
    if (this.#begunAt !== undefined) return;
    this.#begunAt = this.#refused - 1;
    const { room, open, busyShare, isLate } = this.snapshot();
    this.#parts.log.warn(
      { event: "shedding-began", room, open, busyShare: Math.round(busyShare * 100) / 100, isLate },
      "This process is full: new calls are refused at once, so that those it has stay smooth.",
    );
  }
}

function mostOf({ mostOpen }: ResolvedShedding): number {
  return mostOpen === "auto" ? MOST_OPEN : mostOpen;
}

function roomFor(settings: ResolvedShedding): OpenRoom {
  const { delay } = settings;
  const most = mostOf(settings);
  return new OpenRoom({
    start: Math.min(START_OPEN, most),
    least: Math.min(LEAST_OPEN, most),
    most,
    delayMs: delay,
    standingMs: STANDING_MS,
    busy: BUSY_SHARE,
    leastBusy: LEAST_BUSY_SHARE,
    lateShare: LATE_SHARE,
    lateFadeMs: LATE_FADE_MS,
    doubleMs: IDLE_DOUBLE_MS,
    halveMs: IDLE_HALVE_MS,
    ownBusy: OWN_BUSY_SHARE,
    busyFadeMs: BUSY_FADE_MS,
    stepMs: STEP_MS,
    fall: FALL,
    rise: RISE,
    costRiseMs: COST_RISE_MS,
    costFallMs: COST_FALL_MS,
    classes: CLASS_SHARES,
  });
}
