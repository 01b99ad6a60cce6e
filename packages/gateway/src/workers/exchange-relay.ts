import type { Clock } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import { MOST_RELAYED, RELAY_MS } from "./defaults.ts";

/**
 * Tells the primary of exchanges that have ended in a worker, so that its list of requests and its levels are about all
 * workers. A thousand a second are told; beyond that they are a sample. Totals are asked for instead, and miss none.
 */
export class ExchangeRelay {
  readonly #clock: Clock;
  readonly #tell: (records: readonly ExchangeRecord[]) => void;
  #gathered: ExchangeRecord[] = [];
  #isWaiting = false;

  constructor(clock: Clock, tell: (records: readonly ExchangeRecord[]) => void) {
    this.#clock = clock;
    this.#tell = tell;
  }

  /** An exchange has ended. */
  readonly onExchange = (record: ExchangeRecord): void => {
    if (this.#gathered.length >= MOST_RELAYED) return;
    // What was thrown may be anything, also what cannot leave this process; the worker's log has it.
    this.#gathered.push({ ...record, thrown: undefined });
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    this.#clock.schedule(RELAY_MS, () => {
      const records = this.#gathered;
      this.#gathered = [];
      this.#isWaiting = false;
      this.#tell(records);
    });
  };
}
