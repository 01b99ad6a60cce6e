import { getEventListeners } from "node:events";

/** Counts the abort listeners that are left on every signal which got one since the counter was made. */
export class ListenerCount implements Disposable {
  readonly #signals = new Set<AbortSignal>();
  readonly #original = EventTarget.prototype.addEventListener;

  constructor() {
    const signals = this.#signals;
    const original = this.#original;
    EventTarget.prototype.addEventListener = function (...parameters) {
      if (this instanceof AbortSignal && parameters[0] === "abort") signals.add(this);
      return Reflect.apply(original, this, parameters);
    };
  }

  /** Signals that ever got a listener. */
  get signals(): number {
    return this.#signals.size;
  }

  /** Listeners that are still there. */
  get left(): number {
    let left = 0;
    for (const signal of this.#signals) left += getEventListeners(signal, "abort").length;
    return left;
  }

  [Symbol.dispose](): void {
    EventTarget.prototype.addEventListener = this.#original;
  }
}
