import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import type { Failure } from "../../failure.ts";
import type { AimdShape } from "../../kernels/aimd.ts";
import { AdmissionControl } from "./admission-control.ts";
import { type CLASSES, LIMIT_MAXIMUM, LIMIT_MINIMUM, LIMIT_SHAPE, LIMIT_START } from "./defaults.ts";
import type { LimitEvent, LimitOwner } from "./limit-event.ts";

/** How the calls to one account and model are limited. */
export interface LimitOptions extends LimitOwner {
  /** `auto` learns the limit between 1 and `maximum`; a number keeps it. In calls at once. */
  readonly concurrency: number | "auto";
  /** The most that `auto` may learn: the provider's published limit. Default: {@link LIMIT_MAXIMUM}. */
  readonly maximum?: number | undefined;
  /** Where `auto` starts. Default: {@link LIMIT_START}, or the maximum where that is lower. */
  readonly start?: number | undefined;
  /** The first {@link LimitState.bound}; default: none. */
  readonly bound?: number | undefined;
  /** Hears of permits and of the limit. On the request's path: it must be quick and must not throw. */
  readonly onEvent?: ((event: LimitEvent) => void) | undefined;
}

/** What the limit must know of one call beside the call. */
export interface PermitRequest {
  /** After how many ms without content the call is given up. */
  readonly firstTokenMs: number;
  /** Whether the time to its outcome is the time to its first token. */
  readonly measured: boolean;
}

/** One call that may be sent. */
export interface Permit {
  readonly type: "permit";
  /** The first content event has come. */
  answered(): void;
  /** The call failed before its first content event. */
  failed(failed: Failure): void;
  /** Gives the place back; to be called when the call's stream has ended, or when there will be none. Idempotent. */
  release(): void;
}

/** The limit at a moment, for status pages and tests. */
export interface LimitSnapshot {
  readonly limit: number;
  readonly inFlight: number;
  readonly waiting: Readonly<Record<(typeof CLASSES)[number], number>>;
  /** Calls have had to wait for so long that the newest come first and the least important are refused. */
  readonly underPressure: boolean;
  /** From 1 (critical calls only) to 4 (everybody is admitted). */
  readonly admissionLevel: number;
}

/** The limit of one account and model of a provider, shared by all routes that use it. */
export interface LimitState {
  /** A permit, or why there is none: a `rejected` failure, or what the call's signal carries. Never rejects. */
  acquire(call: Call, request: PermitRequest): Permit | Failure | Promise<Permit | Failure>;
  snapshot(): LimitSnapshot;
  /**
   * Bounds the calls at once from outside, beside what is learned: where several processes share a provider's limit,
   * the part of this one. It may be 0; calls in flight above a new bound end in their own time.
   */
  bound(most: number): void;
  /**
   * How long first tokens take now, as a multiple of how long they take while few calls are in flight: 1 is as usual.
   * Undefined where none was measured: the limit is a fixed one, or answers come in one piece.
   */
  readonly slowness: number | undefined;
  /**
   * How many calls there may be at once before first tokens come later, by calls among few and among many of the last
   * minutes; undefined while too few have told. For looks now and then: it sorts what it remembers.
   */
  knee(): number | undefined;
  /** Nothing is in flight, waits, or has been learned lately: forgetting this limit loses nothing. */
  readonly idle: boolean;
}

/**
 * Makes a limit.
 * @throws RangeError for options that make no sense, with their value
 */
export function createLimitState(options: LimitOptions, environment: EngineEnvironment): LimitState {
  const control = new AdmissionControl(options, options.concurrency === "auto", shapeOf(options), environment);
  if (options.bound !== undefined) control.bound(options.bound);
  return control;
}

function shapeOf({ concurrency, maximum = LIMIT_MAXIMUM, start = LIMIT_START, provider }: LimitOptions): AimdShape {
  const bounds =
    concurrency === "auto"
      ? { minimum: LIMIT_MINIMUM, start: Math.min(start, maximum), maximum }
      : { minimum: concurrency, start: concurrency, maximum: concurrency };
  for (const [name, value] of Object.entries(bounds)) {
    if (!(Number.isInteger(value) && value >= 1)) {
      throw new RangeError(`The limit of ${provider} needs a whole ${name} of at least 1 call, got ${value}`);
    }
  }
  return { ...LIMIT_SHAPE, ...bounds };
}
