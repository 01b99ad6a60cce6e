import type { Call } from "../../call.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import type { AimdShape } from "../../kernels/aimd.ts";
import { FadingRate } from "../../kernels/ewma.ts";
import { PriorityQueue } from "../../kernels/priority-queue.ts";
import {
  BACKGROUND_SHARE,
  CLASSES,
  DRAIN_FADE_MS,
  INTERACTIVE_WAIT_MS,
  LEAST_RETRY_AFTER_MS,
  MOST_RETRY_AFTER_MS,
  PATIENT_WAIT_MS,
  QUEUE_CAPACITY,
  SOON_MS,
  STANDING_QUEUE,
} from "./defaults.ts";
import type { LimitEvent, LimitNews, LimitOwner, RefusalReason } from "./limit-event.ts";
import type { LimitSnapshot, LimitState, Permit, PermitRequest } from "./limit-state.ts";
import { type CallScore, LoadModel } from "./load-model.ts";
import { sessionOf } from "./session.ts";
import { Shedding } from "./shedding.ts";

/** A call that waits. */
interface Waiter {
  readonly call: Call;
  /** Ends the wait, leaving no timer and no listener behind. */
  end(outcome: "granted" | Failure): void;
}

/** The permit of one call. It lives as long as an answer, so it is one object, and not several closures. */
class HeldPermit implements Permit {
  readonly type = "permit";
  readonly call: Call;
  readonly grantedAt: number;
  readonly score: CallScore | undefined;
  readonly #onRelease: (permit: HeldPermit) => void;
  #released = false;

  constructor(call: Call, grantedAt: number, score: CallScore | undefined, onRelease: (permit: HeldPermit) => void) {
    this.call = call;
    this.grantedAt = grantedAt;
    this.score = score;
    this.#onRelease = onRelease;
  }

  answered(): void {
    this.score?.answered();
  }

  failed(failed: Failure): void {
    this.score?.failed(failed);
  }

  release(): void {
    if (this.#released) return;
    this.#released = true;
    this.#onRelease(this);
  }
}

/** Whose permits these are, and who hears of them. */
type Owner = LimitOwner & { readonly onEvent?: ((event: LimitEvent) => void) | undefined };

const CRITICAL = CLASSES.indexOf("critical");
const BACKGROUND = CLASSES.indexOf("background");

/** The permits of one account and model: who gets one, who waits, who is refused. */
export class AdmissionControl implements LimitState {
  readonly #owner: Owner;
  readonly #learns: boolean;
  readonly #environment: EngineEnvironment;
  readonly #load: LoadModel;
  readonly #shedding = new Shedding();
  readonly #queue = new PriorityQueue<Waiter>(CLASSES.length, QUEUE_CAPACITY);
  readonly #releases = new FadingRate(DRAIN_FADE_MS);
  #inFlight = 0;
  #backgroundInFlight = 0;
  /** The most calls at once that somebody else allows this process. */
  #bound = Number.POSITIVE_INFINITY;
  #toldLimit: number;

  /** @param learns whether results move the limit */
  constructor(owner: Owner, learns: boolean, shape: AimdShape, environment: EngineEnvironment) {
    this.#owner = owner;
    this.#learns = learns;
    this.#environment = environment;
    this.#load = new LoadModel(shape, environment.clock, () => this.#onLearned());
    this.#toldLimit = this.#load.limit;
  }

  get idle(): boolean {
    return this.#inFlight === 0 && this.#queue.size === 0 && this.#load.isAtRest;
  }

  get slowness(): number | undefined {
    return this.#load.slowness;
  }

  knee(): number | undefined {
    return this.#load.knee();
  }

  snapshot(): LimitSnapshot {
    const sizes = CLASSES.map((_, index) => this.#queue.sizeOf(index));
    const [critical = 0, standard = 0, sheddable = 0, background = 0] = sizes;
    return {
      limit: Math.min(this.#load.limit, this.#bound),
      inFlight: this.#inFlight,
      waiting: { critical, standard, sheddable, background },
      underPressure: this.#shedding.underPressure,
      admissionLevel: this.#shedding.level,
    };
  }

  bound(most: number): void {
    this.#bound = most;
    this.#serveWaiting();
  }

  acquire(call: Call, request: PermitRequest): Permit | Failure | Promise<Permit | Failure> {
    if (call.signal.aborted) return failureOf(call.signal);
    const { clock } = this.#environment;
    const now = clock.now();
    const callClass = classOf(call);
    this.#serveWaiting();
    // Nobody overtakes: those of the same class, or before, who wait have just been served if there was room. And what
    // nobody waits for is refused to nobody: shedding is there to keep the queue short, not to keep permits idle.
    if (this.#queue.sizeUpTo(callClass) === 0 && this.#hasRoom(callClass)) return this.#grant(call, request, now);
    if (!this.#shedding.admits(callClass, () => sessionOf(call), clock.wallTime())) {
      return this.#refuse(call, "shed", now);
    }
    const mostMs = this.#longestWait(call, callClass, now);
    if (mostMs <= 0) return this.#refuse(call, "limit-reached", now);
    if (this.#queue.isFull && !this.#dropOne(callClass, "queue-full")) return this.#refuse(call, "queue-full", now);
    return this.#wait(call, request, callClass, mostMs, now);
  }

  #wait(call: Call, request: PermitRequest, callClass: number, mostMs: number, since: number) {
    return new Promise<Permit | Failure>((resolve) => {
      const end = (outcome: "granted" | Failure) => {
        timer.cancel();
        call.signal.removeEventListener("abort", onAbort);
        this.#queue.remove(entry);
        resolve(outcome === "granted" ? this.#grant(call, request, since) : outcome);
      };
      const onAbort = () => end(failureOf(call.signal));
      const timer = this.#environment.clock.schedule(mostMs, () => {
        end(this.#refuse(call, "limit-reached", since));
        this.#serveWaiting();
      });
      call.signal.addEventListener("abort", onAbort, { once: true });
      const entry = this.#queue.push(callClass, call.request.stream, since, { call, end });
    });
  }

  /** Gives free permits to those who wait, and refuses one when the queue stands. */
  #serveWaiting(): void {
    const now = this.#environment.clock.now();
    const waitedMs = now - (this.#queue.oldestEnqueuedAt() ?? now);
    if (this.#shedding.observe(now, waitedMs)) this.#dropOne(CRITICAL, "shed");
    // A burst is served in the order of arrival. Where the oldest have waited for long already, serving them first
    // would make everybody wait that long.
    const newestFirst = this.#shedding.underPressure || waitedMs >= STANDING_QUEUE.targetMs;
    for (let first = this.#queue.firstLevel; first !== undefined; first = this.#queue.firstLevel) {
      if (!this.#hasRoom(first)) return;
      this.#queue.takeNext(newestFirst)?.item.end("granted");
    }
  }

  /** Refuses the waiting call that is missed least, of a class after the given one; false when there is none. */
  #dropOne(afterClass: number, reason: RefusalReason): boolean {
    const entry = this.#queue.takeLast(afterClass);
    entry?.item.end(this.#refuse(entry.item.call, reason, entry.enqueuedAt));
    return entry !== undefined;
  }

  #hasRoom(callClass: number): boolean {
    if (this.#inFlight >= this.#bound) return false;
    if (callClass === CRITICAL) return this.#inFlight < this.#load.criticalLimit;
    const { limit } = this.#load;
    if (this.#inFlight >= limit) return false;
    return callClass !== BACKGROUND || this.#backgroundInFlight < Math.max(1, Math.floor(limit * BACKGROUND_SHARE));
  }

  /**
   * How long a call may wait, in ms: what its class bears, and what leaves the provider the time for a first token.
   * Nobody begins a wait that is bound to be in vain, and under pressure those who have an alternative take it soon.
   */
  #longestWait(call: Call, callClass: number, now: number): number {
    const leftMs = call.deadline - now - this.#load.expectedMs(call.request.bytes.length);
    const isPatient = !call.request.stream && (call.lastChance || !this.#shedding.underPressure);
    const mostMs = Math.min((isPatient ? PATIENT_WAIT_MS : INTERACTIVE_WAIT_MS)[callClass] ?? 0, leftMs);
    return isPatient && (this.#drainMs(callClass) ?? 0) > mostMs ? 0 : mostMs;
  }

  #grant(call: Call, { firstTokenMs, measured }: PermitRequest, since: number): Permit {
    const grantedAt = this.#environment.clock.now();
    this.#inFlight++;
    if (classOf(call) === BACKGROUND) this.#backgroundInFlight++;
    this.#tell({ type: "permit-granted", call, waitedMs: grantedAt - since });
    const sent = { requestBytes: call.request.bytes.length, inFlight: this.#inFlight, firstTokenMs, measured };
    return new HeldPermit(call, grantedAt, this.#learns ? this.#load.follow(sent) : undefined, this.#release);
  }

  readonly #release = ({ call, grantedAt, score }: HeldPermit): void => {
    const now = this.#environment.clock.now();
    this.#inFlight--;
    if (classOf(call) === BACKGROUND) this.#backgroundInFlight--;
    this.#releases.add(now);
    this.#tell({ type: "permit-released", call, ending: score?.end() ?? "ignored", heldMs: now - grantedAt });
    this.#serveWaiting();
  };

  /** A grown limit has room for those who wait. */
  #onLearned(): void {
    this.#serveWaiting();
    const { limit } = this.#load;
    if (limit === this.#toldLimit) return;
    this.#toldLimit = limit;
    this.#tell({ type: "limit-changed", limit, inFlight: this.#inFlight });
  }

  #refuse(call: Call, reason: RefusalReason, since: number): Failure {
    const { provider } = this.#owner;
    const waitedMs = this.#environment.clock.now() - since;
    const drainMs = this.#drainMs(classOf(call)) ?? SOON_MS;
    const retryAfterMs = Math.ceil(Math.min(MOST_RETRY_AFTER_MS, Math.max(LEAST_RETRY_AFTER_MS, drainMs)));
    if (reason !== "shed") this.#shedding.noteRefusal(classOf(call));
    this.#tell({ type: "permit-refused", call, reason, waitedMs, retryAfterMs });
    const message = {
      "limit-reached": `${provider} has as many calls as it can bear (${this.#inFlight}).`,
      "queue-full": `${provider} has as many calls as it can bear, and ${this.#queue.size} wait already.`,
      shed: `${provider} has had more calls than it can bear for a while; the less important ones are refused.`,
    }[reason];
    return failure("rejected", reason, message, { provider, retryAfterMs, code: "load_shed" });
  }

  /** How long it will take until those who come before a newcomer of this class, and itself, have a permit, in ms. */
  #drainMs(callClass: number): number | undefined {
    const perMs = this.#releases.perMs(this.#environment.clock.now());
    return perMs === undefined ? undefined : (this.#queue.sizeUpTo(callClass) + 1) / perMs;
  }

  #tell(news: LimitNews): void {
    const { onEvent, provider, account, model } = this.#owner;
    onEvent?.({ provider, account, model, ...news });
  }
}

/**
 * RFC 9218 urgency in classes: 0 and 1 are critical, 2 and 3 standard, 4 and 5 sheddable, 6 and 7 background. The rest
 * of a broken answer is critical whoever asked: a reader has the beginning, and it is one call more by what it was.
 */
function classOf({ priority, request }: Call): number {
  if (request.continuation !== undefined) return CRITICAL;
  return Math.min(CLASSES.length - 1, Math.max(0, Math.floor(priority / 2)));
}
