import type { HttpBody } from "../http.ts";
import { MOST_AHEAD_BYTES, MOST_STREAM_BYTES, PIECE_BYTES } from "./defaults.ts";
import { joined, NumberedFrames } from "./numbered-frames.ts";

/** What reads a log; told when there is something new or the end. */
export interface LogReader {
  wake(): void;
}

/** What a reader gets: frames, the end, nothing yet, or that what it wants is kept no more. */
export type LogPiece =
  | { readonly type: "frames"; readonly bytes: Uint8Array; readonly lastId: number }
  | { readonly type: "end" }
  | { readonly type: "wait" }
  | { readonly type: "gone" };

/**
 * The frames of one stream, numbered from 1, while they are made: it reads a body on its own and keeps a bounded part
 * of it for any number of readers. The body is read no further than {@link MOST_AHEAD_BYTES} ahead of the reader that
 * has come furthest, present or gone: a slow client still slows its provider.
 */
export class StreamLog {
  /** Whose it is. */
  readonly tenant: string | undefined;
  readonly readers = new Set<LogReader>();
  readonly #body: HttpBody;
  readonly #onChange: (grownBytes: number) => void;
  readonly #frames: Uint8Array[] = [];
  readonly #numbering = new NumberedFrames();
  /** The number of the first frame that is kept. */
  #firstId = 1;
  #bytes = 0;
  /** The last frame that any reader has taken, and how many bytes came after it. */
  #takenId = 0;
  #aheadBytes = 0;
  #ended = false;
  #makeRoom: (() => void) | undefined;

  /** @param onChange told of every growth (bytes, below zero for what was let go) and, with 0, of the end */
  constructor(body: HttpBody, tenant: string | undefined, onChange: (grownBytes: number) => void) {
    this.#body = body;
    this.tenant = tenant;
    this.#onChange = onChange;
  }

  get bytes(): number {
    return this.#bytes;
  }

  get ended(): boolean {
    return this.#ended;
  }

  /** The number of the newest frame; 0: none yet. */
  get lastId(): number {
    return this.#firstId + this.#frames.length - 1;
  }

  /** Whether everything after a frame is there to be read. */
  reachesBackTo(seenId: number): boolean {
    return seenId >= this.#firstId - 1;
  }

  /** Reads the body to its end. Never rejects. */
  async fill(): Promise<void> {
    while (!this.#ended) {
      if (this.#aheadBytes > MOST_AHEAD_BYTES) {
        await new Promise<void>((resolve) => {
          this.#makeRoom = resolve;
        });
        continue;
      }
      const bytes = await this.#body.read();
      if (this.#ended) return;
      this.#append(bytes === undefined ? this.#numbering.end() : this.#numbering.push(bytes));
      if (bytes === undefined) this.#end();
    }
  }

  /** What comes after a frame. */
  after(seenId: number): LogPiece {
    if (!this.reachesBackTo(seenId)) return { type: "gone" };
    const from = seenId + 1 - this.#firstId;
    const frames: Uint8Array[] = [];
    let length = 0;
    for (let at = from; at < this.#frames.length && length < PIECE_BYTES; at++) {
      const frame = this.#frames[at];
      if (frame === undefined) break;
      frames.push(frame);
      length += frame.length;
    }
    if (frames.length === 0) return { type: this.#ended ? "end" : "wait" };
    const lastId = seenId + frames.length;
    this.#take(lastId);
    return { type: "frames", bytes: joined(frames), lastId };
  }

  /** Nobody will read it: whoever fills it stops at once. */
  cancel(): void {
    if (this.#ended) return;
    this.#body.cancel();
    this.#end();
  }

  #append(frames: readonly Uint8Array[]): void {
    if (frames.length === 0) return;
    let grown = 0;
    for (const frame of frames) {
      this.#frames.push(frame);
      grown += frame.length;
    }
    this.#aheadBytes += grown;
    this.#bytes += grown;
    grown -= this.#letGo();
    this.#onChange(grown);
    this.#wakeAll();
  }

  /** Drops the oldest frames over the limit, but none that nobody has taken. @returns how many bytes went */
  #letGo(): number {
    let dropped = 0;
    let count = 0;
    while (this.#bytes - dropped > MOST_STREAM_BYTES && this.#firstId + count <= this.#takenId) {
      dropped += this.#frames[count]?.length ?? 0;
      count += 1;
    }
    if (count === 0) return 0;
    this.#frames.splice(0, count);
    this.#firstId += count;
    this.#bytes -= dropped;
    return dropped;
  }

  #take(lastId: number): void {
    if (lastId <= this.#takenId) return;
    for (let id = this.#takenId + 1; id <= lastId; id++) {
      this.#aheadBytes -= this.#frames[id - this.#firstId]?.length ?? 0;
    }
    this.#takenId = lastId;
    if (this.#aheadBytes <= MOST_AHEAD_BYTES) this.#goOn();
  }

  #goOn(): void {
    const resolve = this.#makeRoom;
    this.#makeRoom = undefined;
    resolve?.();
  }

  #end(): void {
    this.#ended = true;
    this.#goOn();
    this.#onChange(0);
    this.#wakeAll();
  }

  #wakeAll(): void {
    for (const reader of [...this.readers]) reader.wake();
  }
}
