import { isEnded, isJsonObject, type Job, type JsonObject, type Timer } from "../engine/index.ts";
import { encodeEvent, KEEP_ALIVE, parseJson, ResponsesStream, unfold } from "../wire/index.ts";
import type { Exchange } from "./exchange.ts";
import type { HttpBody } from "./http.ts";
import { type BodyProducer, KeepAliveBody } from "./keep-alive.ts";
import { OutgoingFrames } from "./outgoing-frames.ts";
import { keepAliveIntervalMs } from "./parse-headers.ts";
import { headOfJob, responseStateOfJob } from "./response-state.ts";

/** How often the store is asked for changes that another process made, in ms. */
const POLL_MS = 1_000;
/** How long one stream of events lives, in ms; a client resumes by the number of the last event that it saw. */
const MOST_MS = 3_600_000;

/** Where in its events a reader of a response goes on. */
export interface ResumePoint {
  /** The number of the last event that was seen; -1: none. */
  readonly startingAfter: number;
}

/**
 * The events of a response that is a job: as they come where this process makes the answer, else all at once when it
 * has ended.
 * @returns undefined where there is no such job
 */
export async function followedJob(
  exchange: Exchange,
  id: string,
  request: JsonObject,
  { startingAfter }: ResumePoint,
): Promise<HttpBody | undefined> {
  const { jobs, clock, settings, tenant } = exchange;
  const job = await jobs?.jobs.find(id, tenant);
  if (jobs === undefined || job === undefined) return undefined;
  const body = new KeepAliveBody({
    clock,
    intervalMs: keepAliveIntervalMs(exchange.request, settings.keepAlive.intervalMs),
    signOfLife: KEEP_ALIVE,
    patienceMs: Number.POSITIVE_INFINITY,
    silentAlready: false,
  });
  body.fillFrom(
    new ResponseFollower(exchange, jobs, job, new ResponsesStream(headOfJob(job, request)), startingAfter, body),
  );
  return body;
}

/** Whether a reader can go on behind an event: its number means something only where the events are the same. */
export function canResume({ jobs }: Exchange, job: Job, request: JsonObject, { startingAfter }: ResumePoint): boolean {
  // Those before the first item are always the same; so are all of an answer that was never made as a stream.
  const isHead = startingAfter < (request.background === true ? 3 : 2);
  return isHead || request.stream !== true || jobs?.jobs.streamOf(job.id) !== undefined;
}

/** Follows one job for one reader. */
class ResponseFollower implements BodyProducer {
  readonly #exchange: Exchange;
  readonly #jobs: NonNullable<Exchange["jobs"]>["jobs"];
  readonly #events: ResponsesStream;
  readonly #startingAfter: number;
  readonly #body: KeepAliveBody;
  readonly #unfollow: () => void;
  readonly #endsAt: number;
  #job: Job | undefined;
  readonly #id: string;
  /** How many of the log's chunks were taken. */
  #taken = 0;
  #wanted = false;
  #asking = false;
  #changed = false;
  #poll: Timer | undefined;

  constructor(
    exchange: Exchange,
    { jobs }: NonNullable<Exchange["jobs"]>,
    job: Job,
    events: ResponsesStream,
    startingAfter: number,
    body: KeepAliveBody,
  ) {
    this.#exchange = exchange;
    this.#jobs = jobs;
    this.#job = job;
    this.#id = job.id;
    this.#events = events;
    this.#startingAfter = startingAfter;
    this.#body = body;
    this.#endsAt = exchange.clock.now() + MOST_MS;
    this.#unfollow = jobs.follow(job.id, () => {
      this.#changed = true;
      this.#show();
    });
  }

  pull(): void {
    this.#wanted = true;
    this.#show();
  }

  expire(): void {
    this.#finish([this.#events.breakOff("stream_interrupted", "The stream was given up.")]);
  }

  cancel(): void {
    this.#close();
    this.#exchange.end({ result: "answered", status: 200 });
  }

  /** Gives what is new, ends after the end, else waits for a change. */
  #show(): void {
    if (!this.#wanted) return;
    const job = this.#job;
    if (job === undefined) {
      this.#finish([this.#events.breakOff("unknown_response", "The response is kept no more.")]);
    } else if (this.#exchange.clock.now() >= this.#endsAt) {
      this.#finish([this.#events.breakOff("stream_interrupted", "The stream is an hour old: resume it.")]);
    } else this.#showNew(job);
  }

  #showNew(job: Job): void {
    const events = [...this.#events.begin()];
    const log = this.#jobs.streamOf(this.#id);
    if (log !== undefined && log.chunks.length > this.#taken) {
      for (const chunk of log.chunks.slice(this.#taken)) events.push(...(this.#events.push(chunk) ?? []));
      this.#taken = log.chunks.length;
    }
    if (isEnded(job.state)) {
      this.#finish([...events, ...this.#last(job, log?.ended === "whole")]);
      return;
    }
    if (log?.ended === "lost" && this.#taken > 0) {
      const message = "The stream was cut. The answer is made anew: retrieve the response when it is ready.";
      this.#finish([...events, this.#events.breakOff("stream_interrupted", message)]);
      return;
    }
    const bytes = this.#bytesOf(events);
    if (bytes !== undefined) {
      this.#wanted = false;
      this.#body.give(bytes);
    } else if (this.#changed) this.#look();
    else this.#poll ??= this.#exchange.clock.schedule(POLL_MS, () => this.#look());
  }

  /** The events that end the response. */
  #last(job: Job, logIsWhole: boolean): readonly JsonObject[] {
    const state = responseStateOfJob(job);
    const stored = true;
    if (state.status === "failed" || state.status === "cancelled") {
      return this.#events.fail({ error: state.error ?? CANCELLED, stored }, state.status);
    }
    const end = { endedAt: job.endedAt ?? 0, stored, tideover: job.result?.provenance };
    if (logIsWhole && this.#taken > 0) return this.#events.end(end);
    if (this.#taken > 0) {
      const message = "The stream was cut, and the answer was made anew: retrieve the response.";
      return [this.#events.breakOff("stream_interrupted", message)];
    }
    const answer = parseJson(job.result?.body ?? "");
    const chunks = isJsonObject(answer) ? unfold(answer, "chat") : [];
    return [...chunks.flatMap(({ json }) => this.#events.push(json) ?? []), ...this.#events.end(end)];
  }

  #look(): void {
    this.#poll?.cancel();
    this.#poll = undefined;
    if (this.#asking || !this.#wanted) return;
    this.#asking = true;
    this.#changed = false;
    this.#jobs
      .find(this.#id, this.#exchange.tenant)
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

  #bytesOf(events: readonly JsonObject[]): Uint8Array | undefined {
    const out = new OutgoingFrames();
    for (const event of events) {
      if (Number(event.sequence_number) <= this.#startingAfter) continue;
      out.add(encodeEvent({ event: String(event.type), data: JSON.stringify(event) }));
    }
    return out.bytes();
  }

  #finish(last: readonly JsonObject[]): void {
    this.#close();
    this.#body.end(this.#bytesOf(last));
    this.#exchange.end({ result: "answered", status: 200 });
  }

  #close(): void {
    this.#wanted = false;
    this.#unfollow();
    this.#poll?.cancel();
    this.#poll = undefined;
  }
}

/** What the last event of a cancelled response says. */
const CANCELLED = { code: "cancelled", message: "The response was cancelled." } as const;
