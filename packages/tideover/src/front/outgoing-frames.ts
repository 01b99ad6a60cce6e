import type { JsonObject } from "../engine/index.ts";
import { encodeEvent } from "../wire/index.ts";

/**
 * Frames that go out together, in order. Frames that lie one after the other in the memory they arrived in stay where
 * they are: a whole read that is passed on unchanged is not copied.
 */
export class OutgoingFrames {
  readonly #parts: Uint8Array[] = [];
  #length = 0;

  /** Adds bytes, which must not change any more. */
  add(bytes: Uint8Array): void {
    const last = this.#parts.at(-1);
    if (last !== undefined && last.buffer === bytes.buffer && last.byteOffset + last.length === bytes.byteOffset) {
      this.#parts[this.#parts.length - 1] = new Uint8Array(last.buffer, last.byteOffset, last.length + bytes.length);
    } else this.#parts.push(bytes);
    this.#length += bytes.length;
  }

  /** Adds events that are named by their type. */
  addEvents(events: readonly JsonObject[]): void {
    for (const event of events) this.add(encodeEvent({ event: String(event.type), data: JSON.stringify(event) }));
  }

  /** All of them in one piece; undefined when there are none. */
  bytes(): Uint8Array | undefined {
    const [only] = this.#parts;
    if (this.#parts.length <= 1) return only;
    const whole = new Uint8Array(this.#length);
    let at = 0;
    for (const part of this.#parts) {
      whole.set(part, at);
      at += part.length;
    }
    return whole;
  }
}
