import { LOST_AFTER_MS, POLL_MS, POLLS_BEFORE_FOLLOWING } from "../defaults.ts";
import { gatewayAddress } from "../gateway-address.ts";
import { readTide, type Tide, UNKNOWN_TIDE } from "./tide.ts";

/** What follows the status of a gateway. */
export interface TideOptions {
  /** Address of the gateway, or of whatever passes its `/v1/status` on. Default: the page's own origin. */
  readonly gateway?: string | URL | undefined;
  /** How long the status may be unheard of before the service counts as out of reach, in ms. Default 5 s. */
  readonly lostAfterMs?: number | undefined;
}

/** A store of how things are, in the form that React's `useSyncExternalStore` and its like take. */
export interface TideStore {
  /** How things are now. The same object until something changes. */
  readonly get: () => Tide;
  /** Calls back after each change, until the returned function is called. The gateway is followed while anybody listens. */
  readonly subscribe: (listener: () => void) => () => void;
}

/**
 * Makes a store that follows `/v1/status/stream`. It is connected while somebody listens and the page can be seen:
 * browsers give a site six HTTP/1.1 connections, for all of its tabs together.
 * @throws TypeError for a gateway that is no address
 */
export function followTide(options: TideOptions = {}): TideStore {
  const follower = new TideFollower(options);
  return { get: () => follower.tide, subscribe: (listener) => follower.subscribe(listener) };
}

class TideFollower {
  tide: Tide = UNKNOWN_TIDE;
  readonly #gateway: string;
  readonly #lostAfterMs: number;
  readonly #listeners = new Set<() => void>();
  #source: EventSource | undefined;
  #lost: ReturnType<typeof setTimeout> | undefined;
  #poll: ReturnType<typeof setTimeout> | undefined;
  #pollsLeft = 0;
  #isOpen = false;
  /** Numbers the connections, so that what an old one still says is not heard. */
  #turn = 0;

  constructor({ gateway, lostAfterMs = LOST_AFTER_MS }: TideOptions) {
    this.#gateway = gatewayAddress(gateway);
    this.#lostAfterMs = lostAfterMs;
  }

  subscribe(listener: () => void): () => void {
    const own = () => listener();
    this.#listeners.add(own);
    if (this.#listeners.size === 1) this.#start();
    return () => {
      if (this.#listeners.delete(own) && this.#listeners.size === 0) this.#stop();
    };
  }

  #start(): void {
    addEventListener("online", this.#look);
    addEventListener("offline", this.#look);
    document.addEventListener("visibilitychange", this.#look);
    this.#look();
  }

  #stop(): void {
    removeEventListener("online", this.#look);
    removeEventListener("offline", this.#look);
    document.removeEventListener("visibilitychange", this.#look);
    this.#close();
  }

  /** Connects or disconnects, as the page and the network are now. */
  readonly #look = (): void => {
    if (!navigator.onLine) {
      this.#close();
      this.#outOfReach();
    } else if (document.visibilityState === "hidden") this.#close();
    else if (!this.#isOpen) this.#follow();
  };

  #follow(): void {
    this.#close();
    this.#isOpen = true;
    const turn = this.#turn;
    const source = new EventSource(this.#url("/v1/status/stream"));
    this.#source = source;
    this.#expectWord();
    source.addEventListener("status", ({ data }: MessageEvent<string>) => {
      if (turn === this.#turn) this.#hear(data);
    });
    source.addEventListener("error", () => {
      if (turn !== this.#turn) return;
      this.#expectWord();
      // The browser comes back by itself unless it was sent away: there are too many readers, say.
      if (source.readyState === EventSource.CLOSED) this.#pollInstead();
    });
  }

  #pollInstead(): void {
    this.#source = undefined;
    this.#pollsLeft = POLLS_BEFORE_FOLLOWING;
    void this.#ask(this.#turn);
  }

  async #ask(turn: number): Promise<void> {
    const text = await fetch(this.#url("/v1/status"), { cache: "no-store", signal: AbortSignal.timeout(POLL_MS) })
      .then((response) => (response.ok ? response.text() : undefined))
      // Out of reach: that is what the timer of the next word says.
      .catch(() => undefined);
    if (turn !== this.#turn) return;
    if (text !== undefined) this.#hear(text);
    this.#expectWord(POLL_MS);
    this.#pollsLeft -= 1;
    // Pages that lost the same gateway must not all come back at once.
    const delayMs = POLL_MS * (0.75 + Math.random() / 2);
    this.#poll = setTimeout(() => (this.#pollsLeft > 0 ? void this.#ask(turn) : this.#follow()), delayMs);
  }

  #hear(text: string): void {
    clearTimeout(this.#lost);
    this.#lost = undefined;
    const tide = readTide(parsed(text));
    if (tide !== undefined) this.#set(tide);
  }

  /** From now on a word is due. */
  #expectWord(moreMs = 0): void {
    this.#lost ??= setTimeout(() => this.#outOfReach(), this.#lostAfterMs + moreMs);
  }

  #outOfReach(): void {
    this.#lost = undefined;
    if (this.tide.reachable === false) return;
    this.#set({ ...this.tide, level: "outage", since: Date.now(), reachable: false });
  }

  #set(tide: Tide): void {
    if (JSON.stringify(tide) === JSON.stringify(this.tide)) return;
    this.tide = tide;
    for (const listener of [...this.#listeners]) listener();
  }

  #close(): void {
    this.#turn += 1;
    this.#isOpen = false;
    this.#source?.close();
    this.#source = undefined;
    clearTimeout(this.#lost);
    clearTimeout(this.#poll);
    this.#lost = undefined;
  }

  #url(path: string): string {
    return new URL(`${this.#gateway}${path}`, location.href).href;
  }
}

/** What is not JSON says nothing of how things are. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
