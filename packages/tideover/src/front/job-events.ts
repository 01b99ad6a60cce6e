import { isEnded, type Job, type Timer } from "../engine/index.ts";
import { jobDocument } from "../jobs/index.ts";
import { encodeEvent, KEEP_ALIVE } from "../wire/index.ts";
import { eventStreamResponse } from "./event-stream-response.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpResponse } from "./http.ts";
import type { FrontJobs } from "./job-endpoints.ts";
import { KeepAliveBody } from "./keep-alive.ts";
import { keepAliveIntervalMs } from "./parse-headers.ts";
import { identityHeaders } from "./response-headers.ts";

/** How often the store is asked for changes that another process made, in ms. */
const POLL_MS = 1_000;
/** How long one stream of events lives, in ms; browsers come back by themselves, with what they saw last. */
const MOST_MS = 3_600_000;

/**
 * A job's states as server-sent events, from the one after `Last-Event-ID` to its end. The identifier of an event is the
 * job's version, so a client that comes back misses nothing and sees nothing twice.
 */
export function jobEvents(
  exchange: Exchange,
  job: Job,
  frontJobs: FrontJobs,
  tenant: string | undefined,
  headers: Readonly<Record<string, string>>,
): HttpResponse {
  const seen = lastEventId(exchange.request.header("last-event-id"));
  // 204 is how a server tells an EventSource to come back no more.
  if (isEnded(job.state) && job.version <= seen) {
    exchange.end({ result: "answered", status: 204 });
    return { status: 204, headers: { ...identityHeaders(exchange.id), ...headers }, body: new Uint8Array() };
  }
  const body = new KeepAliveBody({
    clock: exchange.clock,
    intervalMs: keepAliveIntervalMs(exchange.request, exchange.settings.keepAlive.intervalMs),
    signOfLife: KEEP_ALIVE,
    patienceMs: Number.POSITIVE_INFINITY,
    silentAlready: false,
  });
  const follower = new JobFollower(exchange, job, seen, frontJobs, tenant, body);
  body.fillFrom(follower);
  return eventStreamResponse(exchange, headers, body);
}

/** The version that a client saw last; 0 where it does not say. */
function lastEventId(header: string | undefined): number {
  return header !== undefined && /^\d{1,9}$/.test(header.trim()) ? Number(header) : 0;
}

/** Follows one job for one reader. */
class JobFollower {
  readonly #exchange: Exchange;
  readonly #frontJobs: FrontJobs;
  readonly #tenant: string | undefined;
  readonly #body: KeepAliveBody;
  readonly #unfollow: () => void;
  readonly #endsAt: number;
  #job: Job | undefined;
  readonly #id: string;
  #seen: number;
  #wanted = false;
  #asking = false;
  #changed = false;
  #poll: Timer | undefined;

  constructor(
    exchange: Exchange,
    job: Job,
    seen: number,
    frontJobs: FrontJobs,
    tenant: string | undefined,
    body: KeepAliveBody,
  ) {
    this.#exchange = exchange;
    this.#job = job;
    this.#id = job.id;
    this.#seen = seen;
    this.#frontJobs = frontJobs;
    this.#tenant = tenant;
    this.#body = body;
    this.#endsAt = exchange.clock.now() + MOST_MS;
    this.#unfollow = frontJobs.jobs.follow(job.id, () => {
      this.#changed = true;
      this.#look();
    });
  }

  pull(): void {
    this.#wanted = true;
    this.#show();
  }

  expire(): void {
    this.#finish();
  }

  cancel(): void {
    this.#close();
    this.#exchange.end({ result: "answered", status: 200 });
  }

  /** Gives what is new, ends after the end, else waits for a change. */
  #show(): void {
    if (!this.#wanted) return;
    const job = this.#job;
    if (job === undefined || this.#exchange.clock.now() >= this.#endsAt) {
      this.#finish();
    } else if (job.version > this.#seen) {
      this.#seen = job.version;
      this.#wanted = false;
      const data = JSON.stringify(jobDocument(job));
      const event = encodeEvent({ event: "job", id: String(job.version), data });
      if (isEnded(job.state)) this.#finish(event);
      else this.#body.give(event);
    } else if (this.#changed) this.#look();
    else this.#poll ??= this.#exchange.clock.schedule(POLL_MS, () => this.#look());
  }

  #look(): void {
    this.#poll?.cancel();
    this.#poll = undefined;
    if (this.#asking || !this.#wanted) return;
    this.#asking = true;
    this.#changed = false;
    this.#frontJobs.jobs
      .find(this.#id, this.#tenant)
      .then((job) => {
        this.#job = job;
      })
      // The store is out for a moment: what was seen stays, and is looked at again.
      .catch(this.#exchange.noteThrown)
      .finally(() => {
        this.#asking = false;
        this.#show();
      });
  }

  #finish(lastBytes?: Uint8Array): void {
    this.#close();
    this.#body.end(lastBytes);
    this.#exchange.end({ result: "answered", status: 200 });
  }

  #close(): void {
    this.#wanted = false;
    this.#unfollow();
    this.#poll?.cancel();
    this.#poll = undefined;
  }
}
