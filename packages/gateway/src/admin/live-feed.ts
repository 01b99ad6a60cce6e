import type { Clock, Timer } from "tideover/engine";
import type { HttpBody } from "tideover/front";
import { encodeEvent } from "tideover/wire";
import { subtractSnapshots, type TotalsSnapshot } from "../metrics/snapshot.ts";
import type { LiveEvent, Picture, ProviderEvent, RequestSummary } from "./api-types.ts";
import { LINGER_MS, MOST_LIVE_READERS, MOST_REQUESTS_A_TICK, MOST_TICKS, TICK_MS } from "./defaults.ts";
import { EventBody } from "./event-body.ts";

/** What the live view is made from. */
export interface LiveFeedParts {
  readonly clock: Clock;
  /** All totals now. */
  read(): Promise<TotalsSnapshot>;
  picture(period: TotalsSnapshot): Picture;
  readonly requests: {
    readonly total: number;
    since(total: number, most: number): readonly RequestSummary[];
  };
  /** Told of what went wrong while a tick was made. */
  failed(error: unknown): void;
}

/** The live view: a picture each second while anybody looks, and for a while after. */
export class LiveFeed {
  readonly #parts: LiveFeedParts;
  readonly #readers = new Set<EventBody>();
  #ticks: Picture[] = [];
  #timer: Timer | undefined;
  #before: TotalsSnapshot | undefined;
  #requestsBefore = 0;
  /** When the last reader left, on the clock (ms). */
  #leftAt = 0;
  #closed = false;

  constructor(parts: LiveFeedParts) {
    this.#parts = parts;
  }

  /** The last ticks, the oldest first. */
  get ticks(): readonly Picture[] {
    return this.#ticks;
  }

  /** A new reader's stream; undefined where there are too many. */
  open(): HttpBody | undefined {
    if (this.#closed || this.#readers.size >= MOST_LIVE_READERS) return undefined;
    const body: EventBody = new EventBody(() => {
      this.#readers.delete(body);
      this.#leftAt = this.#parts.clock.now();
    });
    this.#readers.add(body);
    const last = this.#ticks.at(-1);
    if (this.#timer !== undefined && last !== undefined) body.give(encoded({ event: "tick", data: last }));
    else this.#begin();
    return body;
  }

  /** Tells every reader of something that happened to a provider. */
  tell(event: ProviderEvent): void {
    this.#send({ event: "provider", data: event });
  }

  /** Ends all streams. */
  close(): void {
    this.#closed = true;
    this.#timer?.cancel();
    this.#timer = undefined;
    for (const body of this.#readers) body.end();
    this.#readers.clear();
  }

  #begin(): void {
    if (this.#timer !== undefined) return;
    this.#before = undefined;
    this.#ticks = [];
    this.#requestsBefore = this.#parts.requests.total;
    this.#timer = this.#parts.clock.schedule(0, () => void this.#tick());
  }

  async #tick(): Promise<void> {
    const { clock } = this.#parts;
    const startedAt = clock.now();
    try {
      const snapshot = await this.#parts.read();
      const before = this.#before;
      this.#before = snapshot;
      // Of the first one there is nothing to tell but what is so now.
      this.#show(before === undefined ? subtractSnapshots(snapshot, snapshot) : subtractSnapshots(snapshot, before));
    } catch (error) {
      this.#parts.failed(error);
    }
    if (this.#closed) return;
    const lingers = this.#readers.size > 0 || clock.now() - this.#leftAt < LINGER_MS;
    this.#timer = lingers
      ? clock.schedule(Math.max(0, TICK_MS - (clock.now() - startedAt)), () => void this.#tick())
      : undefined;
  }

  #show(period: TotalsSnapshot): void {
    const { requests } = this.#parts;
    const tick = this.#parts.picture(period);
    this.#ticks.push(tick);
    if (this.#ticks.length > MOST_TICKS) this.#ticks.shift();
    this.#send({ event: "tick", data: tick });
    const ended = requests.since(this.#requestsBefore, MOST_REQUESTS_A_TICK);
    this.#requestsBefore = requests.total;
    if (ended.length > 0) this.#send({ event: "requests", data: ended });
  }

  #send(event: LiveEvent): void {
    if (this.#readers.size === 0) return;
    const bytes = encoded(event);
    for (const body of this.#readers) body.give(bytes);
  }
}

function encoded({ event, data }: LiveEvent): Uint8Array {
  return encodeEvent({ event, data: JSON.stringify(data) });
}
