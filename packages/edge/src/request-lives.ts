import type { Call, Clock, EngineEvent } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import { MOST_BACKGROUND_MS, UNFINISHED_READ_MS, WRITE_ROUNDS } from "./defaults.ts";
import type { OpenWrites } from "./open-writes.ts";

/** One request, from its arrival until nothing that it began is under way any more. */
interface Life {
  readonly ended: PromiseWithResolvers<ExchangeRecord>;
  readonly refreshes: Promise<void>[];
  hasStored: boolean;
}

/** How names of refreshes end, which the cache gives them. */
const REFRESH = /-refresh$/;

/**
 * What each request has begun and not ended. An edge platform ends timers, streams and fetches together with the
 * request that began them, and with them whatever cleans up after them; it waits when it is asked to. So every request
 * asks it to wait for its own end, for the refreshes it began, and for the writes of what it stored.
 */
export class RequestLives {
  readonly #clock: Clock;
  readonly #writes: OpenWrites;
  readonly #hasFlights: boolean;
  /** By request identifier; an entry leaves with its request. */
  readonly #lives = new Map<string, Life>();

  /**
   * @param writes those of the stores
   * @param hasFlights whether answers are shared with other isolates, so that any request may leave a write behind
   */
  constructor(clock: Clock, writes: OpenWrites, hasFlights: boolean) {
    this.#clock = clock;
    this.#writes = writes;
    this.#hasFlights = hasFlights;
  }

  /**
   * A request begins; to be called before anything is done for it.
   * @returns when nothing of it is under way any more; at the latest {@link MOST_BACKGROUND_MS} after its end. Never rejects
   */
  async follow(id: string): Promise<void> {
    const life: Life = { ended: Promise.withResolvers<ExchangeRecord>(), refreshes: [], hasStored: false };
    this.#lives.set(id, life);
    const { result } = await life.ended.promise;
    const until = this.#clock.now() + MOST_BACKGROUND_MS;
    await this.#within(until, Promise.allSettled(life.refreshes));
    if (life.hasStored || this.#hasFlights) await this.#written(until);
    if (result !== "answered" && result !== "refused") {
      await this.#pause(UNFINISHED_READ_MS);
    }
    this.#lives.delete(id);
  }

  /** The end of an exchange. */
  readonly exchangeEnded = (record: ExchangeRecord): void => {
    this.#lives.get(record.requestId)?.ended.resolve(record);
  };

  /** What happens in the engine. */
  readonly engineEvent = (event: EngineEvent): void => {
    if (event.type !== "answer-stored") return;
    const life = this.#lives.get(event.call.id.replace(REFRESH, ""));
    if (life !== undefined) life.hasStored = true;
  };

  /** A refresh goes on behind its call. */
  readonly refreshBegun = ({ id }: Call, over: Promise<void>): void => {
    this.#lives.get(id)?.refreshes.push(over);
  };

  async #written(until: number): Promise<void> {
    // A write that waits its turn begins when one before it has ended.
    for (let round = 0; round < WRITE_ROUNDS; round++) {
      await this.#pause(0);
      const open = this.#writes.open();
      if (open.length === 0) return;
      await this.#within(until, Promise.allSettled(open));
    }
  }

  /** Waits for something, but not past a time. */
  async #within(until: number, promise: Promise<unknown>): Promise<void> {
    const late = Promise.withResolvers<void>();
    const timer = this.#clock.schedule(until - this.#clock.now(), late.resolve);
    await Promise.race([promise, late.promise]);
    timer.cancel();
  }

  #pause(ms: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#clock.schedule(ms, resolve);
    return promise;
  }
}
