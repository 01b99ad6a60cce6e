import type { ServerResponse } from "node:http";
import type { Writable } from "node:stream";
import type { BodyReader, HttpBody } from "tideover/front";
import type { TurnEnd } from "../turn-end.ts";
import { framed, LAST_CHUNK } from "./chunk-framing.ts";

/** Writes a body to its client as it is made, at the client's pace. */
export class BodyPump implements BodyReader {
  readonly #source: HttpBody;
  readonly #response: ServerResponse;
  readonly #turnEnd: TurnEnd;
  readonly #isFramed: boolean;
  readonly #onDrained: () => void;
  #headIsOut = false;
  #withoutBytes: NodeJS.Immediate | undefined;
  /** What has been given more than the client takes, until it has taken it. */
  #draining: Writable | undefined;
  #isOver = false;
  #resolve: () => void = () => {};
  #reject: (error: unknown) => void = () => {};

  /**
   * @param isFramed the body goes out in chunks that are framed here, and not by Node
   * @param onDrained called whenever the client has taken what it was behind with
   */
  constructor(source: HttpBody, response: ServerResponse, turnEnd: TurnEnd, isFramed: boolean, onDrained: () => void) {
    this.#source = source;
    this.#response = response;
    this.#turnEnd = turnEnd;
    this.#isFramed = isFramed;
    this.#onDrained = onDrained;
  }

  /** The client has not taken yet what it was given. */
  get isDraining(): boolean {
    return this.#draining !== undefined;
  }

  /** Writes all of it. Settles when nothing is left to be done, or the client has left; rejects when a write throws. */
  run(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve;
      this.#reject = reject;
      // The head leaves with the first bytes where they are there, else in this turn of the event loop.
      this.#withoutBytes = setImmediate(() => this.#sendHead());
      this.#readOn();
    });
  }

  /** The client is gone, or the exchange is. What is still to come is not wanted. */
  leave(): void {
    if (this.#isOver) return;
    this.#finish();
    this.#source.cancel();
  }

  take(chunk: Uint8Array | undefined): void {
    if (this.#isOver) return;
    try {
      if (chunk === undefined) {
        this.#finish();
        this.#response.end(this.#isFramed ? LAST_CHUNK : undefined);
      } else this.#write(chunk);
    } catch (error) {
      this.#reject(error);
      this.leave();
    }
  }

  #write(chunk: Uint8Array): void {
    const { socket } = this.#response;
    if (socket !== null) this.#turnEnd.sendWith(socket);
    this.#sendHead();
    // Once its head is out, the response has nothing to add to its socket's.
    const target: Writable = socket ?? this.#response;
    if (target.write(this.#isFramed ? framed(chunk) : chunk, "latin1")) this.#readOn();
    else {
      this.#draining = target;
      target.on("drain", this.#drained);
    }
  }

  readonly #drained = (): void => {
    this.#draining?.off("drain", this.#drained);
    this.#draining = undefined;
    this.#onDrained();
    if (!this.#isOver) this.#readOn();
  };

  #readOn(): void {
    if (this.#source.readInto !== undefined) this.#source.readInto(this);
    else void this.#source.read().then((chunk) => this.take(chunk), this.#reject);
  }

  /**
   * On its own, and not as one text with the first bytes: Node keeps the head as long as the response, and as the tree of
   * its pieces unless it is written itself.
   */
  #sendHead(): void {
    if (this.#headIsOut || this.#isOver) return;
    this.#headIsOut = true;
    clearImmediate(this.#withoutBytes);
    this.#withoutBytes = undefined;
    this.#response.flushHeaders();
  }

  #finish(): void {
    this.#isOver = true;
    clearImmediate(this.#withoutBytes);
    this.#draining?.off("drain", this.#drained);
    this.#draining = undefined;
    this.#resolve();
  }
}
