import type { Clock, EngineEvent } from "tideover/engine";
import type { ProviderEvent, ProviderHappening } from "./api-types.ts";
import { MOST_PROVIDER_EVENTS } from "./defaults.ts";

/** What happened to providers lately, and to whom it is told as it happens. */
export class ProviderEvents {
  readonly #clock: Pick<Clock, "wallTime">;
  readonly #tell: (event: ProviderEvent) => void;
  #events: ProviderEvent[] = [];

  constructor(clock: Pick<Clock, "wallTime">, tell: (event: ProviderEvent) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Something happened in the engine. */
  readonly engineEvent = (event: EngineEvent): void => {
    if (event.type === "breaker-changed") {
      const { type, provider, model, state, reason } = event;
      this.#add(provider, { type, model, state, reason }, `Breaker of ${model}: ${state}. ${reason}`);
    } else if (event.type === "account-isolated") {
      const { type, provider, account, failure } = event;
      const { reason } = failure;
      this.#add(provider, { type, account, reason }, `The key "${account}" is refused (${reason}).`);
    } else if (event.type === "limit-changed") {
      const { type, provider, model, limit, inFlight } = event;
      const text = `Limit of ${model}: ${limit} at once, ${inFlight} in flight.`;
      this.#add(provider, { type, model, limit, inFlight }, text);
    }
  };

  /** The newest first. */
  list(): readonly ProviderEvent[] {
    return this.#events.toReversed();
  }

  #add(provider: string, event: ProviderHappening, text: string): void {
    const told = { at: this.#clock.wallTime(), provider, text, ...event };
    // A limit moves with nearly every call while it learns: of each provider only where it stands now is worth a line.
    const last = this.#events.at(-1);
    const isMove = event.type === "limit-changed" && last?.type === "limit-changed" && last.provider === provider;
    if (isMove) this.#events.pop();
    this.#events.push(told);
    if (this.#events.length > MOST_PROVIDER_EVENTS) this.#events = this.#events.slice(-MOST_PROVIDER_EVENTS);
    if (event.type !== "limit-changed") this.#tell(told);
  }
}
