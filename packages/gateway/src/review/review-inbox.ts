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
  MOST_PENDING,
  MOST_REQUEST_BYTES,
  MOST_TEXT_BYTES,
  MOST_WAITING,
  QUESTION_LENGTH,
} from "./defaults.ts";
import type { NewEntry, OpenedTicket, ReviewStore } from "./review-store.ts";

/** What the inbox works with. */
export interface InboxParts {
  readonly store: Pick<ReviewStore, "add" | "supersede" | "waitingKeys">;
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

  constructor(parts: InboxParts) {
    this.#parts = parts;
    this.#readKeys();
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
    if (!this.#waiting.delete(key)) return;
    this.#superseded.add(key);
    this.#writeSoon();
  }

  /** Resolves when all that came before is written. Never rejects. */
  async flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#write();
    await this.#writing;
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
    this.#writing = this.#writing.then(() =>
      this.#attempt(async () => {
        await store.add(entries, tickets, dropped, clock.wallTime());
        if (superseded.length > 0) await store.supersede(superseded, clock.wallTime());
        if (this.#waiting.size > 2 * MOST_WAITING) {
          this.#waiting.clear();
          this.#readKeys();
        }
      }),
    );
  }

  #readKeys(): void {
    for (const key of this.#parts.store.waitingKeys()) this.#waiting.add(key);
  }

  async #attempt(work: () => Promise<void>): Promise<void> {
    try {
      await work();
      this.#failing = false;
    } catch (error) {
      if (!this.#failing)
        this.#parts.log.error({ event: "review-failed", error }, "Answers for review cannot be kept.");
      this.#failing = true;
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
