import type { HttpBody } from "tideover/front";
import { MOST_EVENTS_WAITING } from "./defaults.ts";

/**
 * Server-sent events on their way to one reader. A reader that does not keep up loses the oldest ones that wait, not the
 * newest: what is so now matters more.
 */
export class EventBody implements HttpBody {
  readonly #left: () => void;
  #waiting: Uint8Array[] = [];
  #reading: ((bytes: Uint8Array | undefined) => void) | undefined;
  #ended = false;

  /** @param left called once when the reader is gone */
  constructor(left: () => void) {
    this.#left = left;
  }

  /** Sends an event, or keeps it until it is read. After the end, nothing. */
  give(event: Uint8Array): void {
    if (this.#ended) return;
    const reading = this.#reading;
    this.#reading = undefined;
    if (reading !== undefined) {
      reading(event);
      return;
    }
    this.#waiting.push(event);
    if (this.#waiting.length > MOST_EVENTS_WAITING) this.#waiting.shift();
  }

  /** Ends the stream after what waits. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#reading?.(undefined);
    this.#reading = undefined;
  }

  read(): Promise<Uint8Array | undefined> {
    if (this.#waiting.length > 0) {
      const bytes = Buffer.concat(this.#waiting);
      this.#waiting = [];
      return Promise.resolve(bytes);
    }
    if (this.#ended) return Promise.resolve(undefined);
    return new Promise((resolve) => {
      this.#reading = resolve;
    });
  }

  cancel(): void {
    if (this.#ended) return;
    this.#waiting = [];
    this.end();
    this.#left();
  }
}
