import {
  type Clock,
  type DegradedAnswer,
  type Hash,
  isJsonObject,
  type ReviewInbox,
  type Timer,
} from "tideover/engine";
import type { Log } from "../logging/index.ts";
import {
  GATHER_MS,
  KEYS_FRESH_MS,
  MOST_PENDING,
  MOST_REQUEST_BYTES,
  MOST_TEXT_BYTES,
  MOST_WAITING,
  QUESTION_LENGTH,
  RETRY_MS,
} from "./defaults.ts";
import type { NewEntry, OpenedTicket, ReviewStore } from "./review-store.ts";

/** What the inbox works with. */
export interface InboxParts {
  readonly store: Pick<ReviewStore, "isShared" | "add" | "supersede" | "waitingKeys">;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly log: Log;
}

/** Letters of an entry's identifier: 128 bits. */
const ID_LETTERS = 32;

/**
 * Takes degraded answers off the request's path: in an outage the same text goes out a thousand times a second, which
 * becomes one row and a number once a second.
 */
export class GatheringInbox implements ReviewInbox {
  readonly #parts: InboxParts;
  #entries = new Map<string, NewEntry>();
  #tickets: OpenedTicket[] = [];
  #dropped = 0;
  /** Keys with a waiting entry, so that most stored answers cost one look-up. May hold some that were decided. */
  #waiting = new Set<string>();
  #superseded = new Set<string>();
  #timer: Timer | undefined;
  #writing: Promise<void> = Promise.resolve();
  #failing = false;
  /** When {@link #waiting} was read; before it was read once every stored answer is looked up. */
  #keysReadAt: number | undefined;

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#readKeysSoon();
  }

  offer({ tenant, request: asked, route, rung, key, text }: DegradedAnswer): void {
    const { clock, hash } = this.#parts;
    const now = clock.wallTime();
    const id = `review_${hash(`${key}\n${text}`).slice(0, ID_LETTERS)}`;
    const known = this.#entries.get(id);
    if (known !== undefined) {
      this.#entries.set(id, { ...known, given: known.given + 1, lastGivenAt: now });
      return;
    }
    this.#writeSoon();
    const { bytes: request, operation, model, body } = asked;
    const isTooLong = request.length > MOST_REQUEST_BYTES || text.length > MOST_TEXT_BYTES;
    if (isTooLong || this.#entries.size >= MOST_PENDING) {
      this.#dropped++;
      return;
    }
    const question = questionIn(body).slice(0, QUESTION_LENGTH);
    const first = { id, key, tenant, route, model, operation, rung, question, text, request };
    this.#entries.set(id, { ...first, given: 1, firstGivenAt: now, lastGivenAt: now });
    this.#waiting.add(key);
  }

  ticketOpened(key: string, jobId: string): void {
    if (!this.#waiting.has(key)) return;
    if (this.#tickets.length < MOST_PENDING) this.#tickets.push({ key, jobId });
    this.#writeSoon();
  }

  /** A live answer was stored under this key. */
  answerStored(key: string): void {
    const isKnown = this.#waiting.delete(key);
    if (this.#parts.store.isShared && this.#isStale()) this.#readKeysSoon();
    if (!isKnown && this.#keysReadAt !== undefined) return;
    if (this.#superseded.size < MOST_WAITING) this.#superseded.add(key);
    this.#writeSoon();
  }

  /** Resolves when all that came before is written. Never rejects. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#write();
    await this.#writing;
  }

  /** Writes what waits, as far as it can be written, and tries no more. Never rejects. */
  async stop(): Promise<void> {
    await this.flush();
    this.#timer?.cancel();
    this.#timer = undefined;
    const { size: entries } = this.#entries;
    if (entries > 0) this.#parts.log.error({ event: "review-given-up", entries }, "Answers for review are lost.");
  }

  #writeSoon(): void {
    this.#timer ??= this.#parts.clock.schedule(GATHER_MS, () => {
      this.#timer = undefined;
      this.#write();
    });
  }

  #write(): void {
    const { store, clock } = this.#parts;
    const entries = [...this.#entries.values()];
    const [tickets, dropped, superseded] = [this.#tickets, this.#dropped, [...this.#superseded]];
    if (entries.length + tickets.length + dropped + superseded.length === 0) return;
    this.#entries = new Map();
    this.#tickets = [];
    this.#dropped = 0;
    this.#superseded = new Set();
    this.#writing = this.#writing.then(async () => {
      const isWritten = await this.#attempt(async () => {
        await store.add(entries, tickets, dropped, clock.wallTime());
        if (superseded.length > 0) await store.supersede(superseded, clock.wallTime());
        if (this.#waiting.size > 2 * MOST_WAITING) await this.#readKeys(true);
      });
      if (!isWritten) this.#keepBack(entries, tickets, dropped, superseded);
    });
  }

  /** What could not be written waits for the next time, as far as there is room; the rest is counted as dropped. */
  #keepBack(
    entries: readonly NewEntry[],
    tickets: readonly OpenedTicket[],
    dropped: number,
    superseded: readonly string[],
  ): void {
    this.#dropped += dropped;
    for (const entry of entries) {
      const newer = this.#entries.get(entry.id);
      if (newer !== undefined) {
        const given = newer.given + entry.given;
        this.#entries.set(entry.id, { ...newer, given, firstGivenAt: entry.firstGivenAt });
      } else if (this.#entries.size < MOST_PENDING) this.#entries.set(entry.id, entry);
      else this.#dropped++;
    }
    this.#tickets = [...tickets, ...this.#tickets].slice(0, MOST_PENDING);
    for (const key of superseded) if (this.#superseded.size < MOST_WAITING) this.#superseded.add(key);
    this.#retryLater();
  }

  #retryLater(): void {
    this.#timer ??= this.#parts.clock.schedule(RETRY_MS, () => {
      this.#timer = undefined;
      this.#write();
    });
  }

  /** Whether other gateways may have put entries into the store since its keys were read. */
  #isStale(): boolean {
    return this.#parts.clock.now() - (this.#keysReadAt ?? Number.NEGATIVE_INFINITY) >= KEYS_FRESH_MS;
  }

  #readKeysSoon(): void {
    // One reading at a time: until it is done, the last one counts as fresh.
    if (this.#keysReadAt !== undefined) this.#keysReadAt = this.#parts.clock.now();
    this.#writing = this.#writing.then(async () => {
      await this.#attempt(() => this.#readKeys(false));
    });
  }

  async #readKeys(anew: boolean): Promise<void> {
    const keys = await this.#parts.store.waitingKeys();
    if (anew) this.#waiting.clear();
    for (const key of keys) this.#waiting.add(key);
    this.#keysReadAt = this.#parts.clock.now();
  }

  async #attempt(work: () => Promise<void>): Promise<boolean> {
    const { log } = this.#parts;
    try {
      await work();
      if (this.#failing) log.info({ event: "review-back" }, "Answers for review are kept again.");
      this.#failing = false;
      return true;
    } catch (error) {
      if (!this.#failing) log.error({ event: "review-failed", error }, "Answers for review cannot be kept.");
      this.#failing = true;
      return false;
    }
  }
}

/** The text of the last user message, or of the prompt. */
function questionIn(body: Readonly<Record<string, unknown>>): string {
  const { messages, prompt } = body;
  if (typeof prompt === "string") return prompt;
  if (!Array.isArray(messages)) return "";
  const last = messages.findLast((message) => isJsonObject(message) && message.role === "user");
  const content = isJsonObject(last) ? last.content : undefined;
  if (typeof content === "string") return content;
  if (!Array.isArray(content)) return "";
  return content.flatMap((part) => (isJsonObject(part) && typeof part.text === "string" ? [part.text] : [])).join(" ");
}
