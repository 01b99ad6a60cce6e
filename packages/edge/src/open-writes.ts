import type { AnswerStore, FlightLedger } from "tideover/engine";

/**
 * The writes to stores that are under way, so that a platform can be asked to wait for them. The engine begins few at a
 * time, and that bounds how many are known here.
 */
export class OpenWrites {
  readonly #open = new Set<Promise<unknown>>();

  /** The same store, with its writes known. */
  ofAnswers(store: AnswerStore): AnswerStore {
    const { setVector, vectors, onPurge } = store;
    return {
      get: (key, signal) => store.get(key, signal),
      set: (key, answer) => this.#follow(store.set(key, answer)),
      purge: (selection) => store.purge(selection),
      ...(setVector && { setVector: (key, vector) => this.#follow(setVector.call(store, key, vector)) }),
      ...(vectors && { vectors: vectors.bind(store) }),
      ...(onPurge && { onPurge: onPurge.bind(store) }),
    };
  }

  /** The same ledger, with its writes known. */
  ofFlights(ledger: FlightLedger): FlightLedger {
    return {
      join: (key, leaseMs) => ledger.join(key, leaseMs),
      append: (key, token, from, entries) => this.#follow(ledger.append(key, token, from, entries)),
      end: (key, token, ending, lingerMs) => this.#follow(ledger.end(key, token, ending, lingerMs)),
      release: (key, token) => this.#follow(ledger.release(key, token)),
      read: (key, from, waitMs, signal) => ledger.read(key, from, waitMs, signal),
    };
  }

  /** The writes under way now. */
  open(): readonly Promise<unknown>[] {
    return [...this.#open];
  }

  #follow<Value>(write: Promise<Value>): Promise<Value> {
    this.#open.add(write);
    const over = () => void this.#open.delete(write);
    write.then(over, over);
    return write;
  }
}
