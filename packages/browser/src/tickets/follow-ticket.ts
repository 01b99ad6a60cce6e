import { MOST_TICKET_POLL_MS, TICKET_POLL_MS } from "../defaults.ts";
import { hasEnded, readTicket, type Ticket } from "./ticket.ts";

/** Follows one ticket. */
export interface TicketFollower {
  /** Whether it holds a connection open; else it asks now and then. */
  readonly isStreamed: boolean;
  stop(): void;
}

/**
 * Follows a ticket until it ends or the follower is stopped.
 * @param streamed by its live events; else, and where those are not to be had, it is asked for now and then
 * @param changed told of each change
 */
export function followTicket(ticket: Ticket, streamed: boolean, changed: (ticket: Ticket) => void): TicketFollower {
  return new Follower(ticket, streamed, changed);
}

class Follower implements TicketFollower {
  isStreamed: boolean;
  readonly #ticket: Ticket;
  readonly #changed: (ticket: Ticket) => void;
  #source: EventSource | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #delayMs = TICKET_POLL_MS;
  #stopped = false;

  constructor(ticket: Ticket, streamed: boolean, changed: (ticket: Ticket) => void) {
    this.#ticket = ticket;
    this.#changed = changed;
    this.isStreamed = streamed;
    addEventListener("online", this.#askNow);
    document.addEventListener("visibilitychange", this.#onVisibility);
    // Whoever follows must have us in hand before the first change is told.
    queueMicrotask(() => {
      if (this.#stopped) return;
      if (streamed && !isHidden()) this.#listen();
      else this.#poll();
    });
  }

  stop(): void {
    this.#stopped = true;
    this.isStreamed = false;
    this.#source?.close();
    clearTimeout(this.#timer);
    removeEventListener("online", this.#askNow);
    document.removeEventListener("visibilitychange", this.#onVisibility);
  }

  /** A tab that nobody sees gives its connection to those that are seen, and asks now and then. */
  readonly #onVisibility = (): void => {
    if (this.isStreamed && isHidden()) this.#poll();
    else if (!this.isStreamed && !isHidden()) this.#askNow();
  };

  #poll(): void {
    this.isStreamed = false;
    this.#source?.close();
    this.#askNow();
  }

  #listen(): void {
    const url = new URL(this.#ticket.url);
    url.pathname += "/events";
    const source = new EventSource(url);
    this.#source = source;
    source.addEventListener("job", ({ data }: MessageEvent<string>) => this.#hear(parsed(data)));
    source.addEventListener("error", () => {
      // A connection that was lost is made anew by the browser; one that was refused is not.
      if (source.readyState !== EventSource.CLOSED || this.#stopped) return;
      this.isStreamed = false;
      this.#askNow();
    });
  }

  readonly #askNow = (): void => {
    if (this.#stopped || this.isStreamed) return;
    clearTimeout(this.#timer);
    void this.#ask();
  };

  async #ask(): Promise<void> {
    const answered = await fetch(this.#ticket.url, {
      cache: "no-store",
      signal: AbortSignal.timeout(MOST_TICKET_POLL_MS),
    })
      .then(async (response) => ({ response, document: parsed(await response.text()) }))
      // No network: it is asked for again.
      .catch(() => undefined);
    if (this.#stopped) return;
    if (answered !== undefined && isRefusal(answered.response.status)) {
      this.#finish({ ...this.#ticket, status: "unknown", error: errorIn(answered.document) });
      return;
    }
    if (answered?.response.ok === true) this.#hear(answered.document);
    if (this.#stopped) return;
    const wantedMs = Number(answered?.response.headers.get("retry-after") ?? 0) * 1_000;
    this.#delayMs = Math.min(MOST_TICKET_POLL_MS, Math.max(this.#delayMs, wantedMs));
    clearTimeout(this.#timer);
    this.#timer = setTimeout(this.#askNow, this.#delayMs * (1 + Math.random() / 4));
    this.#delayMs = Math.min(MOST_TICKET_POLL_MS, this.#delayMs * 1.5);
  }

  #hear(document: unknown): void {
    const ticket = readTicket(this.#ticket, document);
    if (ticket === undefined || this.#stopped) return;
    if (hasEnded(ticket)) this.#finish(ticket);
    else this.#changed(ticket);
  }

  #finish(ticket: Ticket): void {
    this.stop();
    this.#changed(ticket);
  }
}

function isHidden(): boolean {
  return document.visibilityState === "hidden";
}

/** The link holds no more, or the job is forgotten: asking again changes nothing. */
function isRefusal(status: number): boolean {
  return status === 401 || status === 403 || status === 404 || status === 410;
}

function errorIn(document: unknown): { code: string; message: string } {
  const { error } = (typeof document === "object" && document !== null ? document : {}) as {
    readonly error?: { readonly code?: unknown; readonly message?: unknown };
  };
  return { code: String(error?.code ?? "unknown_job"), message: String(error?.message ?? "The job is not known.") };
}

/** What is not JSON is no document. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
