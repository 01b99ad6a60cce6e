import { type AnswerEvent, streamOf } from "../../engine/answer-stream.ts";
import type { Call } from "../../engine/call.ts";
import { sleep } from "../../engine/clock.ts";
import { failure, failureOf } from "../../engine/failure.ts";
import { seededRandom } from "../../engine/kernels/seeded-random.ts";
import type { Outcome } from "../../engine/outcome.ts";
import type { JobStore } from "../../engine/ports/job-store.ts";
import type { Random } from "../../engine/random.ts";
import type { Service } from "../../engine/service.ts";
import { textEvent } from "../../testing/scripted.ts";
import { testCall } from "../../testing/test-call.ts";
import { VirtualClock } from "../../testing/virtual-clock.ts";
import type { JobEvent } from "../job-event.ts";
import { Jobs, type JobsParts } from "../jobs.ts";
import { MemoryJobQueue } from "../memory/memory-job-queue.ts";
import { MemoryJobStore } from "../memory/memory-job-store.ts";

/** What tickets of the stage may do. */
export const TERMS = { expiresMs: 3_600_000 };

/** An answer that says what it was asked. */
export function echo(call: Call): readonly AnswerEvent[] {
  const messages = call.request.body.messages as readonly { content: string }[];
  return [textEvent(`echo ${messages[0]?.content ?? ""}`, "stop")];
}

/** A call whose only message is this text. */
export function asking(text: string, members: Partial<Omit<Call, "request">> = {}): Call {
  return testCall({
    id: text,
    ...members,
    request: { body: { model: "m", messages: [{ role: "user", content: text }] }, model: "m", stream: false },
  });
}

/** A provider of the stage: how long it takes, and what it gives, by the number of the request. */
export interface StageProvider {
  readonly ms?: number | ((count: number) => number);
  readonly outcome?: (call: Call, count: number) => Outcome;
  /** Calls at once that it bears. */
  readonly limit?: () => number;
}

/** One process of the stage. Killed, it does nothing more: no timer fires, no store operation comes back. */
export interface StageProcess {
  readonly jobs: Jobs;
  readonly events: JobEvent[];
  kill(): void;
  /** Stands still for so long, as a process does that was stopped: then it goes on where it was. */
  pause(ms: number): void;
}

/** Jobs in virtual time: one store and queue, a scripted provider, and as many processes as wanted. */
export function jobStage(provider: StageProvider = {}, seed = 1) {
  const clock = new VirtualClock();
  const store = new MemoryJobStore();
  const queue = new MemoryJobQueue(clock);
  const sent: { readonly id: string; readonly at: number; readonly call: Call }[] = [];
  let inFlight = 0;
  let mostInFlight = 0;
  let processes = 0;
  const service: Service = async (call) => {
    const count = sent.length;
    sent.push({ id: call.id, at: clock.now(), call });
    inFlight++;
    mostInFlight = Math.max(mostInFlight, inFlight);
    const record = { provider: "p", outcome: "running" as const, ms: 0 };
    const ms = typeof provider.ms === "function" ? provider.ms(count) : (provider.ms ?? 1_000);
    const waited = await sleep(clock, ms, call.signal);
    inFlight--;
    const outcome = waited ? (provider.outcome?.(call, count) ?? answerTo(call)) : failureOf(call.signal);
    call.trace.attempts.push({ ...record, outcome: outcome.type === "failure" ? outcome.kind : "answered" });
    return outcome;
  };
  const process = (
    parts: Partial<JobsParts> & { readonly works?: boolean } = {},
    wrap = (same: JobStore) => same,
  ): StageProcess => {
    const { works, ...others } = parts;
    const life = new Life(clock);
    const events: JobEvent[] = [];
    const number = ++processes;
    let ids = 0;
    const jobs = new Jobs({
      store: life.mortal(wrap(store)),
      queue,
      clock: life.clock,
      random: seededRandom(seed + number),
      ids: { next: () => `${number}x${ids++}` },
      hash: (bytes) => new TextDecoder().decode(bytes),
      owner: `process-${number}`,
      findRoute: (model) => (model === "m" ? { name: "r", service, limit: provider.limit ?? (() => 100) } : undefined),
      emit: (event) => events.push(event),
      ...others,
    });
    jobs.start({ works: works ?? true });
    return { jobs, events, kill: () => life.end(), pause: (ms) => life.pause(ms) };
  };
  return { clock, store, queue, sent, process, service, mostInFlight: () => mostInFlight };
}

function answerTo(call: Call): Outcome {
  return { type: "answer", origin: { rung: "live", provider: "p", degraded: false }, stream: streamOf(echo(call)) };
}

/** A provider without capacity. */
export const BUSY = failure("overloaded", "http-503", "p is busy.", { retryAfterMs: 2_000 });
/** A provider that breaks. */
export const BROKEN = failure("fault", "http-500", "p broke.");

/** What a process has of time and of the store while it lives. */
class Life {
  readonly #clock: VirtualClock;
  #alive = true;
  /** Settles when the process goes on. */
  #still: Promise<void> | undefined;
  #timers = new Set<{ cancel(): void }>();

  constructor(clock: VirtualClock) {
    this.#clock = clock;
  }

  get clock() {
    return {
      now: () => this.#clock.now(),
      wallTime: () => this.#clock.wallTime(),
      schedule: (delayMs: number, callback: () => void) => {
        if (!this.#alive) return { cancel: () => {} };
        const timer = this.#clock.schedule(delayMs, () => {
          this.#timers.delete(timer);
          if (this.#still === undefined) callback();
          else void this.#still.then(() => (this.#alive ? callback() : undefined));
        });
        this.#timers.add(timer);
        return {
          cancel: () => {
            this.#timers.delete(timer);
            timer.cancel();
          },
        };
      },
    };
  }

  pause(ms: number): void {
    if (this.#still !== undefined) return;
    this.#still = new Promise((resolve) => {
      this.#clock.schedule(ms, () => {
        this.#still = undefined;
        resolve();
      });
    });
  }

  end(): void {
    this.#alive = false;
    for (const timer of this.#timers) timer.cancel();
    this.#timers.clear();
  }

  /** The store as the process sees it: after its death nothing is begun, and nothing that was begun comes back. */
  mortal(store: JobStore): JobStore {
    return new Proxy(store, {
      get: (target, name: string) => {
        const member: unknown = Reflect.get(target, name);
        if (typeof member !== "function") return member;
        return async (...args: unknown[]) => {
          await this.#still;
          if (!this.#alive) return new Promise(() => {});
          const result: unknown = await (member as (...given: unknown[]) => unknown).apply(target, args);
          await this.#still;
          return this.#alive ? result : new Promise(() => {});
        };
      },
    });
  }
}

/** Random numbers of a test run. */
export function chance(seed: number): Random & { below(limit: number): number } {
  const random = seededRandom(seed);
  return { next: () => random.next(), below: (limit) => Math.floor(random.next() * limit) };
}
