import { type Clock, isJsonObject, type JsonObject, seededRandom, type Timer } from "tideover/engine";
import { Jobs, MemoryJobQueue, MemoryJobStore } from "tideover/jobs";
import type { Runtime } from "tideover/runtime";
import type { Arrival } from "../arrivals/arrival.ts";
import { requestBody } from "../callers/request-body.ts";
import { expectedAnswer } from "../text/expected-answer.ts";

/** Jobs that pile up and are worked on beside the callers. Times in ms from the start of the run. */
export interface BacklogPlan {
  readonly jobs: number;
  /** They are accepted evenly over this time. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly promptTokens: number;
  readonly outputTokens: number;
  /** Share of a provider's limit that jobs may hold. Default: the engine's. */
  readonly share?: number | undefined;
}

/** What became of a backlog. */
export interface BacklogResult {
  readonly accepted: number;
  /** Ended with the answer that a sound provider gives. */
  readonly right: number;
  /** Ended otherwise. */
  readonly wrong: number;
  /** Requests that jobs made, by provider. */
  readonly attempts: Readonly<Record<string, number>>;
  /** When the last of them ended, ms of the run; undefined: some never did. */
  readonly drainedAt: number | undefined;
}

/** How long a job may wait, ms: longer than any run. */
const EXPIRES_MS = 24 * 3_600_000;

/** The jobs of a run: the real desk, worker and governor over a store in memory. */
export class Backlog {
  readonly #plan: BacklogPlan;
  readonly #model: string;
  readonly #clock: Clock;
  readonly #store: MemoryJobStore;
  readonly #bodies = new Map<string, JsonObject>();
  readonly #drained = Promise.withResolvers<void>();
  readonly #jobs: Jobs;
  readonly #attempts: Record<string, number> = {};
  #timer: Timer | undefined;
  #accepted = 0;
  #ended = 0;
  #drainedAt: number | undefined;

  /** @param findRuntime the engine that the jobs are worked on with */
  constructor(plan: BacklogPlan, model: string, seed: number, clock: Clock, findRuntime: () => Runtime | undefined) {
    this.#plan = plan;
    this.#model = model;
    this.#clock = clock;
    this.#store = new MemoryJobStore({ most: plan.jobs + 1 });
    let ids = 0;
    this.#jobs = new Jobs({
      store: this.#store,
      queue: new MemoryJobQueue(clock),
      clock,
      random: seededRandom(seed ^ 0x4a6f62),
      ids: { next: () => String(ids++) },
      hash: (bytes) => new TextDecoder().decode(bytes),
      owner: "simulated",
      share: plan.share,
      findRoute: (name) => findRuntime()?.findRoute(name)?.jobs,
      emit: (event) => {
        if (event.type === "job-ended") this.#noteEnd();
      },
    });
  }

  /** Whether a call is a job's and no caller's. */
  static owns(callId: string): boolean {
    return callId.startsWith("job_");
  }

  /** Who turns calls into jobs. */
  get desk() {
    return this.#jobs.desk;
  }

  /** Settles when every job has ended. */
  get drained(): Promise<void> {
    return this.#drained.promise;
  }

  /** A job has sent a request. */
  noteAttempt(provider: string): void {
    this.#attempts[provider] = (this.#attempts[provider] ?? 0) + 1;
  }

  /** Begins to work, and accepts the jobs at their times. */
  start(): void {
    this.#jobs.start();
    const { jobs, fromMs, toMs } = this.#plan;
    const step = () => {
      this.#timer = undefined;
      if (this.#accepted === jobs) return;
      void this.#accept(this.#accepted++);
      const next = fromMs + ((toMs - fromMs) * this.#accepted) / jobs;
      this.#timer = this.#clock.schedule(Math.max(0, next - this.#clock.now()), step);
    };
    this.#timer = this.#clock.schedule(fromMs, step);
  }

  /** Works no more. */
  stop(): Promise<void> {
    this.#timer?.cancel();
    return this.#jobs.stop(0);
  }

  async result(): Promise<BacklogResult> {
    let right = 0;
    let wrong = 0;
    for (const [id, body] of this.#bodies) {
      const job = await this.#store.find(id);
      if (job?.state === "succeeded" && contentIn(job.result?.body) === expectedAnswer(body).content) right++;
      else if (job?.endedAt !== undefined) wrong++;
    }
    return { accepted: this.#accepted, right, wrong, attempts: this.#attempts, drainedAt: this.#drainedAt };
  }

  async #accept(number: number): Promise<void> {
    const { promptTokens, outputTokens } = this.#plan;
    const id = `job_${String(number).padStart(8, "0")}`;
    const arrival: Arrival = { atMs: 0, promptTokens, outputTokens };
    const body = requestBody(JOB_QUESTIONS + number, arrival, this.#model, false);
    this.#bodies.set(id, body);
    const now = this.#clock.wallTime();
    await this.#store.accept({
      id,
      kind: "ticket",
      tenant: "simulated",
      operation: "chat",
      model: this.#model,
      request: new TextEncoder().encode(JSON.stringify(body)),
      priority: 6,
      createdAt: now,
      notBefore: now,
      expiresAt: now + EXPIRES_MS,
    });
  }

  #noteEnd(): void {
    this.#ended++;
    if (this.#ended < this.#plan.jobs) return;
    this.#drainedAt = this.#clock.now();
    this.#drained.resolve();
  }
}

/** Questions of jobs are numbered from here on, so that no caller asks the same. */
const JOB_QUESTIONS = 1_000_000;

function contentIn(text: string | undefined): unknown {
  const json: unknown = JSON.parse(text ?? "null");
  const choices = isJsonObject(json) ? json.choices : undefined;
  const [choice] = Array.isArray(choices) ? choices : [];
  return isJsonObject(choice) && isJsonObject(choice.message) ? choice.message.content : undefined;
}
