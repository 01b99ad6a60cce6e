import type { Clock, Timer } from "tideover/engine";
import { CALL_BOUND_MS, MOST_CALLS } from "./defaults.ts";

/** What goes over the wire between two processes; it is cloned, so bytes stay bytes and `undefined` stays. */
export type BusMessage =
  | {
      readonly kind: "call";
      readonly id: number;
      readonly port: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: "answer"; readonly id: number; readonly value: unknown }
  | { readonly kind: "error"; readonly id: number; readonly name: string; readonly message: string }
  /** Nobody waits for the answer any more. */
  | { readonly kind: "abort"; readonly id: number }
  | { readonly kind: "note"; readonly topic: string; readonly data: unknown };

/** A channel to another process. */
export interface BusChannel {
  /** False: there is nobody at the other end. Never throws. */
  send(message: BusMessage): boolean;
}

/** The other process could not be asked: it is gone, or does not answer. */
export class BusError extends Error {
  override readonly name = "BusError";
}

interface Waiting {
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
  readonly settle: () => void;
}

type Method = (...args: unknown[]) => unknown;

/** Stands for the `AbortSignal` among the arguments of a call: the signal itself stays where it is. */
const SIGNAL = { "tideover:signal": true } as const;

/**
 * Questions, answers and notes between two processes. Either side can `offer` an object under a name and `call` the
 * methods of what the other offers. An `AbortSignal` among the arguments reaches the other side as one of its own.
 *
 * What arrives is trusted: the channel connects a parent with children that it has started itself.
 */
export class Bus {
  readonly #channel: BusChannel;
  readonly #clock: Clock;
  readonly #ports = new Map<string, Readonly<Record<string, Method>>>();
  readonly #listeners = new Map<string, (data: unknown) => void>();
  /** Our questions; at most {@link MOST_CALLS}. */
  readonly #waiting = new Map<number, Waiting>();
  /** Their questions that are being answered, so that they can be called off. */
  readonly #answering = new Map<number, AbortController>();
  #lastId = 0;
  #closed = false;

  constructor(channel: BusChannel, clock: Clock) {
    this.#channel = channel;
    this.#clock = clock;
  }

  /** Lets the other side call these methods of an object. */
  offer<Port extends object>(name: string, port: Port, methods: readonly (keyof Port & string)[]): void {
    const offered: Record<string, Method> = {};
    for (const method of methods) {
      const own: unknown = port[method];
      if (typeof own === "function") offered[method] = (...args) => own.apply(port, args);
    }
    this.#ports.set(name, offered);
  }

  /** Hears of notes on a topic; one listener for each. */
  on(topic: string, listener: (data: unknown) => void): void {
    this.#listeners.set(topic, listener);
  }

  /** Tells the other side something; lost when it is gone. */
  note(topic: string, data: unknown): void {
    if (!this.#closed) this.#channel.send({ kind: "note", topic, data });
  }

  /**
   * Calls a method of what the other side offers.
   * @returns what it returned. Rejects with what it threw (by name and message), with the reason of a signal among
   *   the arguments, and with a {@link BusError} when the other side is gone or silent.
   */
  call(port: string, method: string, args: readonly unknown[]): Promise<unknown> {
    const signal = args.find((arg): arg is AbortSignal => arg instanceof AbortSignal);
    if (signal?.aborted) return Promise.reject(asError(signal.reason));
    if (this.#waiting.size >= MOST_CALLS) return Promise.reject(new BusError(`Too many calls of ${port} wait.`));
    const id = ++this.#lastId;
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#channel.send({ kind: "abort", id });
        this.#waiting.get(id)?.settle();
        reject(asError(signal?.reason));
      };
      const timer: Timer = this.#clock.schedule(CALL_BOUND_MS, () => {
        this.#channel.send({ kind: "abort", id });
        this.#waiting.get(id)?.settle();
        reject(new BusError(`${port}.${method} was not answered within ${CALL_BOUND_MS / 1_000} s.`));
      });
      const settle = () => {
        timer.cancel();
        signal?.removeEventListener("abort", onAbort);
        this.#waiting.delete(id);
      };
      this.#waiting.set(id, { resolve, reject, settle });
      signal?.addEventListener("abort", onAbort, { once: true });
      const sent = args.map((arg) => (arg === signal && arg !== undefined ? SIGNAL : arg));
      let lost: unknown = new BusError("The other process is gone.");
      try {
        if (!this.#closed && this.#channel.send({ kind: "call", id, port, method, args: sent })) return;
      } catch (error) {
        // What cannot be cloned, such as a function, cannot be sent.
        lost = error;
      }
      settle();
      reject(lost);
    });
  }

  /** Takes what the channel brings. Anything that is no message of the bus is left to others. */
  receive(message: unknown): void {
    if (!isBusMessage(message)) return;
    switch (message.kind) {
      case "note":
        this.#listeners.get(message.topic)?.(message.data);
        return;
      case "call":
        void this.#answer(message);
        return;
      case "abort":
        this.#answering.get(message.id)?.abort();
        return;
      default: {
        const waiting = this.#waiting.get(message.id);
        waiting?.settle();
        if (message.kind === "answer") waiting?.resolve(message.value);
        else waiting?.reject(Object.assign(new Error(message.message), { name: message.name }));
      }
    }
  }

  /** The other side is gone: what waits for it is told, and what it waits for is called off. */
  close(): void {
    this.#closed = true;
    for (const { settle, reject } of [...this.#waiting.values()]) {
      settle();
      reject(new BusError("The other process is gone."));
    }
    for (const scope of this.#answering.values()) scope.abort();
    this.#answering.clear();
  }

  async #answer({ id, port, method, args }: Extract<BusMessage, { kind: "call" }>): Promise<void> {
    const scope = new AbortController();
    this.#answering.set(id, scope);
    const reply = await answerOf(this.#ports.get(port)?.[method], args, scope.signal, `${port}.${method}`);
    this.#answering.delete(id);
    if (!this.#closed && !scope.signal.aborted) this.#channel.send({ ...reply, id });
  }
}

async function answerOf(method: Method | undefined, args: readonly unknown[], signal: AbortSignal, name: string) {
  try {
    if (method === undefined) throw new BusError(`${name} is not offered.`);
    return { kind: "answer" as const, value: await method(...args.map((arg) => (isSignal(arg) ? signal : arg))) };
  } catch (error) {
    const { name: errorName, message } = asError(error);
    return { kind: "error" as const, name: errorName, message };
  }
}

function isSignal(arg: unknown): boolean {
  return typeof arg === "object" && arg !== null && Object.keys(SIGNAL)[0] === Object.keys(arg)[0];
}

function asError(reason: unknown): Error {
  return reason instanceof Error ? reason : new BusError(`The call was called off: ${String(reason)}`);
}

function isBusMessage(message: unknown): message is BusMessage {
  return typeof message === "object" && message !== null && "kind" in message && typeof message.kind === "string";
}
