import { MOST_TICKET_STREAMS, MOST_TICKETS, TICKETS_KEPT_MS } from "../defaults.ts";
import { gatewayAddress } from "../gateway-address.ts";
import { type KeptStore, openKept } from "../kept/kept-store.ts";
import { followTicket, type TicketFollower } from "./follow-ticket.ts";
import { hasEnded, type Ticket } from "./ticket.ts";

/** Where tickets lead and are kept. */
export interface TicketsOptions {
  /** Address of the gateway, for links that are paths. Default: the page's own origin. */
  readonly gateway?: string | URL | undefined;
  /** Where they are kept. Default: IndexedDB, in a database of the kit's own. */
  readonly store?: KeptStore | undefined;
}

/**
 * The tickets of a page, followed until they end, over reloads. `get` and `subscribe` have the form that React's
 * `useSyncExternalStore` takes.
 */
export class Tickets {
  readonly #store: KeptStore;
  readonly #gateway: string;
  readonly #tickets = new Map<string, Ticket>();
  readonly #followers = new Map<string, TicketFollower>();
  readonly #listeners = new Set<() => void>();
  #shown: readonly Ticket[] = [];

  /** @throws TypeError for a gateway that is no address */
  constructor({ gateway, store }: TicketsOptions = {}) {
    this.#store = store ?? openKept("tideover-tickets");
    this.#gateway = gatewayAddress(gateway);
  }

  /** All tickets, the oldest first. The same list until something changes. */
  readonly get = (): readonly Ticket[] => this.#shown;

  /** Calls back after each change, until the returned function is called. */
  readonly subscribe = (listener: () => void): (() => void) => {
    const own = () => listener();
    this.#listeners.add(own);
    return () => this.#listeners.delete(own);
  };

  /** The ticket for one thing, undefined where there is none. */
  find(key: string): Ticket | undefined {
    return this.#tickets.get(key);
  }

  /** Takes up what an earlier visit left: tickets that ended are there to be read, the others are followed on. */
  async resume(): Promise<void> {
    for (const { key, at, value } of await this.#store.all()) {
      if (Date.now() - at > TICKETS_KEPT_MS) await this.#store.remove(key);
      else if (!this.#tickets.has(key)) this.#take(value as Ticket);
    }
  }

  /**
   * Follows a ticket until it ends, also after a reload.
   * @param key the page's own name for what the answer is for; a ticket of the same name is replaced
   * @param url the signed link: `url` of the gateway's 202, or its header `Tideover-Ticket`
   * @throws TypeError for a link that is no http(s) address
   */
  async follow(key: string, url: string): Promise<void> {
    const absolute = new URL(url, new URL(`${this.#gateway}/`, location.href));
    if (!/^https?:$/.test(absolute.protocol))
      throw new TypeError(`A ticket's link is an http address, not ${absolute}.`);
    await this.forget(key);
    this.#take({ key, url: absolute.href, status: "queued" });
    await this.#keep(key);
    const [oldest] = this.#tickets.keys();
    if (this.#tickets.size > MOST_TICKETS && oldest !== undefined) await this.forget(oldest);
  }

  /** Follows it no more and forgets it; the job itself goes on. */
  async forget(key: string): Promise<void> {
    this.#followers.get(key)?.stop();
    this.#followers.delete(key);
    if (this.#tickets.delete(key)) this.#changed();
    await this.#store.remove(key);
  }

  /** Follows nothing any more until {@link resume}; what is kept stays. */
  stop(): void {
    for (const follower of this.#followers.values()) follower.stop();
    this.#followers.clear();
    this.#tickets.clear();
    this.#changed();
  }

  #take(ticket: Ticket): void {
    this.#tickets.set(ticket.key, ticket);
    this.#changed();
    if (hasEnded(ticket)) return;
    const streamed = [...this.#followers.values()].filter(({ isStreamed }) => isStreamed).length < MOST_TICKET_STREAMS;
    const follower = followTicket(ticket, streamed, (next) => this.#update(next, follower));
    this.#followers.set(ticket.key, follower);
  }

  #update(ticket: Ticket, follower: TicketFollower): void {
    const { key } = ticket;
    if (this.#followers.get(key) !== follower) return;
    if (hasEnded(ticket)) this.#followers.delete(key);
    this.#tickets.set(key, ticket);
    this.#changed();
    void this.#keep(key);
  }

  /** Keeps what is known of a ticket. One that cannot be kept is followed as long as the page lives. */
  async #keep(key: string): Promise<void> {
    const value = this.#tickets.get(key);
    if (value !== undefined) await this.#store.put({ key, at: Date.now(), value }).catch(() => undefined);
  }

  #changed(): void {
    this.#shown = [...this.#tickets.values()];
    for (const listener of [...this.#listeners]) listener();
  }
}
