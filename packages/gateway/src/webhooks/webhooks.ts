import { createHash } from "node:crypto";
import type { ResolvedWebhook } from "tideover/config";
import { type Clock, type Job, type Random, sleep } from "tideover/engine";
import { publicState } from "tideover/jobs";
import type { Log } from "../logging/index.ts";
import type { Resolve } from "./address-guard.ts";
import { LOOK_MS, MOST_AT_ONCE, MOST_AT_ONCE_EACH, SCHEDULE_MS, SPREAD } from "./defaults.ts";
import { postMessage } from "./post-message.ts";
import type { ReceiverProxy } from "./receiver-proxy.ts";
import { signedHeaders } from "./sign-message.ts";
import type { DueMessage, OutboxMessage, WebhookOutbox } from "./webhook-outbox.ts";

/** What webhooks are made from. */
export interface WebhooksParts {
  readonly receivers: readonly ResolvedWebhook[];
  readonly outbox: WebhookOutbox;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The way through `server.proxy`; absent: there is no proxy. */
  readonly proxy?: ReceiverProxy | undefined;
  /** Another resolver, for tests. */
  readonly resolve?: Resolve | undefined;
}

/**
 * Tells receivers of jobs that ended, by Standard Webhooks 1.0.0: each message at least once, with the same id however
 * often it is sent, for three days.
 */
export class Webhooks {
  readonly #parts: WebhooksParts;
  readonly #receivers: ReadonlyMap<string, ResolvedWebhook>;
  readonly #busy = new Map<string, number>();
  /** Messages that are being sent, at most {@link MOST_AT_ONCE}. */
  readonly #sending = new Map<string, Promise<void>>();
  readonly #stop = new AbortController();
  #wake: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(parts: WebhooksParts) {
    this.#parts = parts;
    this.#receivers = new Map(parts.receivers.map((receiver) => [receiverKey(receiver), receiver]));
  }

  start(): void {
    this.#loop ??= this.#run();
  }

  /** Sends no more; what is on its way is waited for, and what was not delivered goes on at the next start. */
  async stop(): Promise<void> {
    this.#stop.abort();
    this.#wake?.();
    await this.#loop;
    await Promise.all(this.#sending.values());
    await this.#parts.proxy?.close();
  }

  /** Keeps a message for everybody who wants to know. @returns the jobs that need not be told again */
  readonly announce = async (ended: readonly Job[]): Promise<readonly string[]> => {
    const messages = ended.flatMap((job) =>
      [...this.#receivers].flatMap(([key, receiver]) => (wants(receiver, job) ? [messageOf(job, key)] : [])),
    );
    if (messages.length > 0) await this.#parts.outbox.add(messages, this.#parts.clock.wallTime());
    this.#wake?.();
    return ended.map(({ id }) => id);
  };

  async #run(): Promise<void> {
    const { clock, log } = this.#parts;
    while (!this.#stop.signal.aborted) {
      try {
        this.#sendDue();
      } catch (error) {
        log.error({ event: "webhook-outbox-failed", why: reasonOf(error) }, "The webhooks cannot be read.");
      }
      const wait = new AbortController();
      this.#wake = () => wait.abort();
      await sleep(clock, LOOK_MS, wait.signal);
      this.#wake = undefined;
    }
  }

  #sendDue(): void {
    const { outbox, clock } = this.#parts;
    for (const [key, receiver] of this.#receivers) {
      const room = Math.min(MOST_AT_ONCE_EACH - (this.#busy.get(key) ?? 0), MOST_AT_ONCE - this.#sending.size);
      if (room <= 0) continue;
      const due = outbox.due(key, clock.wallTime(), MOST_AT_ONCE_EACH * 2).filter(({ id }) => !this.#sending.has(id));
      for (const message of due.slice(0, room)) this.#begin(key, receiver, message);
    }
  }

  #begin(key: string, receiver: ResolvedWebhook, message: DueMessage): void {
    this.#busy.set(key, (this.#busy.get(key) ?? 0) + 1);
    const sending = this.#send(key, receiver, message)
      .catch((error: unknown) => {
        const why = reasonOf(error);
        this.#parts.log.error({ event: "webhook-outbox-failed", why }, "The result of a webhook cannot be kept.");
      })
      .finally(() => {
        this.#busy.set(key, (this.#busy.get(key) ?? 1) - 1);
        this.#sending.delete(message.id);
        this.#wake?.();
      });
    this.#sending.set(message.id, sending);
  }

  async #send(key: string, receiver: ResolvedWebhook, message: DueMessage): Promise<void> {
    const { outbox, clock, log } = this.#parts;
    const { id, body } = message;
    const timestamp = Math.floor(clock.wallTime() / 1_000);
    const headers = signedHeaders({ id, timestamp, body }, receiver.secrets);
    const { url, private: allowPrivate } = receiver;
    const post = { url, headers, body, allowPrivate, resolve: this.#parts.resolve };
    const { proxy } = this.#parts;
    const result = await (proxy?.leadsTo(url) === true ? proxy.post(post) : postMessage(post));
    const to = new URL(url).host;
    if (result.type === "delivered") {
      await outbox.remove(id);
      log.debug({ event: "webhook-delivered", to, id }, "Webhook delivered.");
    } else if (result.type === "gone") {
      await outbox.disable(key, clock.wallTime());
      log.warn({ event: "webhook-disabled", to }, `${to} answered 410: it is told nothing any more.`);
    } else {
      await this.#failed(to, message, result);
    }
  }

  async #failed(
    to: string,
    message: DueMessage,
    { why, retryAfterMs }: { why: string; retryAfterMs?: number | undefined },
  ) {
    const { outbox, clock, log, random } = this.#parts;
    const { id, attempts } = message;
    const waitMs = SCHEDULE_MS[attempts + 1];
    if (waitMs === undefined) {
      await outbox.remove(id);
      log.error(
        { event: "webhook-given-up", to, id, why },
        `${to} was not reached in ${attempts + 1} attempts: ${why}.`,
      );
      return;
    }
    const spread = waitMs * (1 + SPREAD * random.next());
    await outbox.postpone(id, Math.round(clock.wallTime() + Math.max(spread, retryAfterMs ?? 0)));
    log.warn({ event: "webhook-failed", to, id, attempt: attempts + 1, why }, `${to} was not told: ${why}.`);
  }
}

/** Names a receiver: another address or another set of secrets is another receiver, which was never gone. */
export function receiverKey({ url, secrets, tenant = "" }: ResolvedWebhook): string {
  return createHash("sha256")
    .update(JSON.stringify([url, secrets, tenant]))
    .digest("hex")
    .slice(0, 32);
}

function wants({ tenant, events }: ResolvedWebhook, job: Job): boolean {
  return (tenant === undefined || tenant === job.tenant) && events.some((event) => event === `job.${job.state}`);
}

/** A message tells what happened and where to read the answer; the answer itself stays behind the caller's key. */
function messageOf(job: Job, receiver: string): OutboxMessage {
  const type = `job.${publicState(job.state)}`;
  const endedAt = job.endedAt ?? job.createdAt;
  const body = JSON.stringify({
    type,
    timestamp: new Date(endedAt).toISOString(),
    data: {
      id: job.id,
      object: "job",
      status: publicState(job.state),
      model: job.model,
      created_at: Math.floor(job.createdAt / 1_000),
      completed_at: Math.floor(endedAt / 1_000),
      ...(job.group === undefined ? {} : { batch_id: job.group }),
      ...(job.tag === undefined ? {} : { custom_id: job.tag }),
    },
  });
  return { id: `msg_${job.id}_${job.version}_${receiver.slice(0, 8)}`, receiver, type, body };
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
