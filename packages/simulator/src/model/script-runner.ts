import type { Clock, Timer } from "tideover/engine";
import type { ClosingStep, Script } from "./script.ts";
import type { UpstreamWire } from "./wire.ts";

/** How long the next step waits while the caller reads too slowly, ms. */
const FULL_WIRE_PAUSE_MS = 10;
/** Text that is written without a pause goes out together up to this length, in UTF-16 code units. */
const LONGEST_WRITE = 64 * 1024;

/** What a runner tells about its script. */
export interface ScriptWatcher {
  /** Answer tokens went out. */
  tokens(count: number): void;
  /** The script came to its end; never after {@link ScriptRunner.cancel}. */
  ended(step: ClosingStep): void;
}

/** Plays a script on a wire, in the clock's time. */
export class ScriptRunner {
  readonly #clock: Clock;
  readonly #wire: UpstreamWire;
  readonly #script: Script;
  readonly #watcher: ScriptWatcher;
  readonly #byteWise: boolean;
  #timer: Timer | undefined;
  #cancelled = false;
  #pending = "";

  /** @param byteWise every byte is written by itself. */
  constructor(clock: Clock, wire: UpstreamWire, script: Script, watcher: ScriptWatcher, byteWise: boolean) {
    this.#clock = clock;
    this.#wire = wire;
    this.#script = script;
    this.#watcher = watcher;
    this.#byteWise = byteWise;
  }

  /** Plays until the script waits, ends, or the wire is full. */
  advance(): void {
    this.#timer = undefined;
    let pauseMs = 0;
    while (!this.#cancelled && pauseMs === 0) pauseMs = this.#wire.full() ? FULL_WIRE_PAUSE_MS : this.#play();
    if (!this.#cancelled) this.#timer = this.#clock.schedule(pauseMs, () => this.advance());
  }

  /** Stops at once; nothing more is written. */
  cancel(): void {
    this.#cancelled = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#pending = "";
  }

  #finish(step: ClosingStep): void {
    if (this.#cancelled) return;
    this.#cancelled = true;
    // First the books, then the wire: whoever reads the end may look at the counters at once.
    this.#watcher.ended(step);
    if (step.type === "end") this.#wire.end();
    else if (step.type === "drop") this.#wire.drop();
    else this.#wire.reset();
  }

  /** Plays one step, and tells how long to pause after it, in ms. */
  #play(): number {
    const next = this.#script.next();
    if (next.done) {
      this.cancel();
      return 0;
    }
    const step = next.value;
    switch (step.type) {
      case "write":
        this.#pending += step.text;
        if (step.tokens > 0) this.#watcher.tokens(step.tokens);
        if (this.#pending.length >= LONGEST_WRITE) this.#flush();
        return 0;
      case "wait":
        this.#flush();
        return Math.max(0, step.ms);
      default:
        this.#flush();
        this.#finish(step);
        return 0;
    }
  }

  #flush(): void {
    if (this.#pending === "" || this.#cancelled) return;
    const bytes = Buffer.from(this.#pending);
    this.#pending = "";
    if (!this.#byteWise) this.#wire.write(bytes);
    else for (let index = 0; index < bytes.length; index++) this.#wire.write(bytes.subarray(index, index + 1));
  }
}
