import type { Clock, Timer } from "tideover/engine";
import type { AnswerShape } from "../faults/fault-effect.ts";
import type { Admission, Place } from "./admission.ts";
import type { CountersInProgress } from "./counters.ts";
import type { UpstreamRefusal } from "./error-bodies.ts";
import type { Generation } from "./generation.ts";
import type { ClosingStep, Script } from "./script.ts";
import { ScriptRunner } from "./script-runner.ts";
import type { UpstreamExchange, UpstreamWire } from "./wire.ts";

/** Size of one of the headers that a huge-headers fault adds, bytes. */
const PADDING_HEADER_BYTES = 8 * 1024;

const encoder = new TextEncoder();

/** What the exchanges of a model share. */
export interface ExchangeSurroundings {
  readonly clock: Clock;
  readonly admission: Admission;
  readonly counters: CountersInProgress;
  readonly holdMs: number;
  readonly startLimitMs: number;
}

/** One request on the wire, from its decision to its end or to the caller's leaving. */
export class Exchange implements UpstreamExchange {
  readonly #surroundings: ExchangeSurroundings;
  readonly #wire: UpstreamWire;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #ended: (exchange: Exchange) => void;
  /** Called once at the end, if set: what the exchange holds besides its slot. */
  onEnd: (() => void) | undefined;
  #place: Place | undefined;
  #runner: ScriptRunner | undefined;
  #holding: Timer | undefined;
  #open = true;

  /** @param headers those that every response carries. @param ended called exactly once. */
  constructor(
    surroundings: ExchangeSurroundings,
    wire: UpstreamWire,
    headers: Readonly<Record<string, string>>,
    ended: (exchange: Exchange) => void,
  ) {
    this.#surroundings = surroundings;
    this.#wire = wire;
    this.#headers = headers;
    this.#ended = ended;
    const { counters } = surroundings;
    counters.inFlight++;
    counters.peakInFlight = Math.max(counters.peakInFlight, counters.inFlight);
  }

  /** Answers with a whole response at once. */
  respond(response: UpstreamRefusal): void {
    if (response.status >= 400) this.#surroundings.counters.refused++;
    this.#close();
    this.#wire.head(response.status, { ...this.#headers, "content-type": response.contentType, ...response.headers });
    this.#wire.write(encoder.encode(response.body));
    this.#wire.end();
  }

  /** Breaks the connection, or leaves it without a word until the provider closes it. */
  breakConnection(how: "refused" | "reset" | "silence"): void {
    if (how === "silence") {
      this.#holding = this.#surroundings.clock.schedule(this.#surroundings.holdMs, () => {
        this.#close();
        this.#wire.reset();
      });
      return;
    }
    this.#close();
    if (how === "refused") this.#wire.refuse();
    else this.#wire.reset();
  }

  /**
   * Takes a slot or a place in the queue and writes the answer.
   * @returns false when the queue is full; nothing has been written then.
   */
  generate(generation: Generation, shape: AnswerShape): boolean {
    const { clock, admission, startLimitMs } = this.#surroundings;
    const arrived = clock.now();
    const start = () => {
      this.#surroundings.counters.started++;
      this.#runner?.cancel();
      this.#run(generation.script(Math.max(0, startLimitMs - (clock.now() - arrived))), shape);
    };
    this.#place = admission.enter(start);
    if (this.#place === undefined) return false;
    this.#wire.head(200, { ...this.#headers, ...answerHeaders(generation.stream, shape) });
    if (generation.opening !== "") this.#wire.write(encoder.encode(generation.opening));
    if (this.#place.state === "running") start();
    else this.#run(generation.queued(startLimitMs), shape);
    return true;
  }

  closed(): void {
    if (!this.#open) return;
    this.#surroundings.counters.abortedByCaller++;
    this.#close();
  }

  /** Ends the exchange from the provider's side, as a shutdown does. */
  kill(): void {
    if (!this.#open) return;
    this.#close();
    this.#wire.reset();
  }

  #run(script: Script, shape: AnswerShape): void {
    const { clock, counters } = this.#surroundings;
    const watcher = {
      tokens: (count: number) => {
        counters.tokensSent += count;
      },
      ended: (step: ClosingStep) => {
        if (step.whole) counters.finished++;
        if (step.expired) counters.expired++;
        this.#close();
      },
    };
    this.#runner = new ScriptRunner(clock, this.#wire, script, watcher, shape.framing === "split");
    this.#runner.advance();
  }

  #close(): void {
    if (!this.#open) return;
    this.#open = false;
    this.#runner?.cancel();
    this.#holding?.cancel();
    this.#place?.leave();
    this.#surroundings.counters.inFlight--;
    this.onEnd?.();
    this.#ended(this);
  }
}

function answerHeaders(stream: boolean, shape: AnswerShape): Record<string, string> {
  const headers: Record<string, string> = {
    "content-type": stream ? "text/event-stream; charset=utf-8" : "application/json",
  };
  if (stream) headers["cache-control"] = "no-cache";
  if (shape.framing === "gzip") headers["content-encoding"] = "gzip";
  for (let bytes = 0; bytes < (shape.headerBytes ?? 0); bytes += PADDING_HEADER_BYTES) {
    headers[`x-sim-padding-${bytes / PADDING_HEADER_BYTES}`] = "x".repeat(PADDING_HEADER_BYTES);
  }
  return headers;
}
