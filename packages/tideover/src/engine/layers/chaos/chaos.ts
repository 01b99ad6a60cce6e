import type { Adapter, AttemptScope, RawAnswer } from "../../adapter.ts";
import { type Ending, onEnding } from "../../answer-stream.ts";
import type { Call } from "../../call.ts";
import { sleep } from "../../clock.ts";
import type { EngineEnvironment } from "../../environment.ts";
import { type Failure, failure, failureOf } from "../../failure.ts";
import { RingWindow } from "../../kernels/ring-window.ts";
import { type ChaosFault, type ChaosOptions, validateChaos } from "./chaos-options.ts";
import { CutStream } from "./cut-stream.ts";
import { CHAOS_CRITICAL_TO, TROUBLE_MINIMUM, TROUBLE_SHARE, TROUBLE_WINDOW_MS } from "./defaults.ts";

/** One exchange with a provider as its attempt sees it. */
type Exchange = RawAnswer | Failure;

/**
 * Does to a share of the attempts, on purpose, what providers do to them one day: for game days, to see in live
 * traffic that everything above copes.
 *
 * It stands below the attempt, so timers, breaker, limit, retries and continuation take its faults for the
 * provider's. It is never silent: every fault is marked in the attempt's record, and told as an event. It ends by
 * itself, hits a call once at most, and pauses for a provider that is in real trouble.
 */
export class Chaos {
  readonly #options: ChaosOptions;
  readonly #environment: EngineEnvironment;
  /** One for every provider, shared by all routes and accounts. */
  readonly #troubles = new Map<string, RealTrouble>();

  /** @throws RangeError see {@link validateChaos} */
  constructor(options: ChaosOptions, environment: EngineEnvironment) {
    validateChaos(options, environment.clock);
    this.#options = options;
    this.#environment = environment;
  }

  /** The adapter with faults on its way; as it was, where the provider is none that may be hit. */
  around(provider: string, adapter: Adapter): Adapter {
    const { providers } = this.#options;
    if (providers !== undefined && !providers.includes(provider)) return adapter;
    const trouble = this.#troubles.get(provider) ?? new RealTrouble();
    this.#troubles.set(provider, trouble);
    return (call, scope) => {
      if (this.#isOver()) return adapter(call, scope);
      const fault = this.#spares(call) || trouble.isThere(this.#now()) ? undefined : this.#draw();
      if (fault === undefined) return this.#watched(trouble, adapter(call, scope));
      const mark = () => this.#mark(call, provider, scope, fault);
      return this.#inject(fault, mark, call, scope, adapter);
    };
  }

  #inject(fault: ChaosFault, mark: () => void, call: Call, scope: AttemptScope, adapter: Adapter): Promise<Exchange> {
    switch (fault.type) {
      case "failure":
        mark();
        return Promise.resolve(failure(fault.kind, `chaos-${fault.kind}`, "This failure was injected on purpose."));
      case "latency":
        mark();
        return this.#delayed(adapter(call, scope), fault.ms, scope.signal);
      case "cut":
        return cut(adapter(call, scope), fault.afterContentEvents, mark);
    }
  }

  async #delayed(exchange: Promise<Exchange>, ms: number, signal: AbortSignal): Promise<Exchange> {
    const raw = await exchange;
    if (raw.type === "failure" || (await sleep(this.#environment.clock, ms, signal))) return raw;
    const stopped = failureOf(signal);
    raw.stream.cancel(stopped);
    return stopped;
  }

  /** Counts how an attempt that was left alone goes. */
  async #watched(trouble: RealTrouble, exchange: Promise<Exchange>): Promise<Exchange> {
    const raw = await exchange;
    if (raw.type === "failure") {
      trouble.note(this.#now(), raw);
      return raw;
    }
    const note = ({ failure: broken }: Ending) => trouble.note(this.#now(), broken);
    return { ...raw, stream: onEnding(raw.stream, note) };
  }

  #spares(call: Call): boolean {
    const isCritical = call.priority <= CHAOS_CRITICAL_TO;
    return (
      (isCritical && this.#options.critical !== true) || call.trace.attempts.some(({ chaos }) => chaos !== undefined)
    );
  }

  #draw(): ChaosFault | undefined {
    const { share, faults } = this.#options;
    const { random } = this.#environment;
    return random.next() < share ? faults[Math.floor(random.next() * faults.length)] : undefined;
  }

  #mark(call: Call, provider: string, scope: AttemptScope, fault: ChaosFault): void {
    const name = fault.type === "failure" ? fault.kind : fault.type;
    scope.injected?.(name);
    this.#environment.emit?.({ type: "chaos-injected", call, provider, fault: name });
  }

  #isOver(): boolean {
    return this.#environment.clock.wallTime() >= this.#options.until;
  }

  #now(): number {
    return this.#environment.clock.now();
  }
}

async function cut(exchange: Promise<Exchange>, afterContentEvents: number, mark: () => void): Promise<Exchange> {
  const raw = await exchange;
  return raw.type === "failure" ? raw : { ...raw, stream: new CutStream(raw.stream, afterContentEvents, mark) };
}

const ATTEMPTS = 0;
const FAILED = 1;
const BUCKETS = 12;

/** How a provider does without our help. */
class RealTrouble {
  readonly #window = new RingWindow(2, BUCKETS, TROUBLE_WINDOW_MS / BUCKETS);

  note(nowMs: number, failed: Failure | undefined): void {
    this.#window.add(nowMs, ATTEMPTS, 1);
    if (failed?.kind === "overloaded" || failed?.kind === "fault") this.#window.add(nowMs, FAILED, 1);
  }

  isThere(nowMs: number): boolean {
    const attempts = this.#window.total(nowMs, ATTEMPTS);
    return attempts >= TROUBLE_MINIMUM && this.#window.total(nowMs, FAILED) >= TROUBLE_SHARE * attempts;
  }
}
