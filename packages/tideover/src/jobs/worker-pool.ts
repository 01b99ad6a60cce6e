import { sleep } from "../engine/clock.ts";
import { failure } from "../engine/failure.ts";
import type { LeasedJob } from "../engine/ports/job.ts";
import type { JobDelivery, JobQueue } from "../engine/ports/job-queue.ts";
import type { Service } from "../engine/service.ts";
import { askRoute } from "./ask-route.ts";
import { LEASE_MS, MOST_AT_ONCE, MOST_MODELS, POLL_MS } from "./defaults.ts";
import { DrainGovernor, type RouteLoad } from "./drain-governor.ts";
import { HeldJob, type HolderParts, type Settled } from "./held-job.ts";
import type { JobEnding } from "./job-ending.ts";

/** How jobs of one route are run. */
export interface JobRoute {
  readonly name: string;
  /** The route's live groups only, within the stack. */
  readonly service: Service;
  /** How many calls its providers bear at once now; 0 while none lets anything through. */
  limit(model: string): number;
  /** How they are doing; undefined where nothing is measured. */
  load?(model: string): RouteLoad | undefined;
}

/** What a pool of workers is made from. */
export interface WorkerParts extends HolderParts {
  readonly queue: JobQueue;
  /** Names this process in leases. */
  readonly owner: string;
  /** The route of a model, as it is configured now. */
  findRoute(model: string): JobRoute | undefined;
  /** Most jobs at once. Default {@link MOST_AT_ONCE}. */
  readonly concurrency?: number | undefined;
  /** Share of the providers' limits that jobs may use. */
  readonly share?: number | undefined;
}

/** Works on jobs: leases as many as there is room for, runs each through its route's live providers, writes it down. */
export class WorkerPool {
  readonly #parts: WorkerParts;
  readonly #most: number;
  readonly #held = new Map<string, HeldJob>();
  /** By route; as many as there are routes. */
  readonly #governors = new Map<string, DrainGovernor>();
  /** The routes of models that were seen lately, at most {@link MOST_MODELS}. */
  readonly #routeOfModel = new Map<string, string>();
  #stop = new AbortController();
  readonly #abandon = new AbortController();
  /** Wakes the loop when a place has become free. */
  #freed: (() => void) | undefined;
  #loop: Promise<void> | undefined;

  constructor(parts: WorkerParts) {
    this.#parts = parts;
    this.#most = parts.concurrency ?? MOST_AT_ONCE;
  }

  /** How many jobs are in hand. */
  get busy(): number {
    return this.#held.size;
  }

  start(): void {
    if (this.#loop !== undefined) return;
    this.#stop = new AbortController();
    this.#loop = this.#run();
  }

  /** A job was cancelled: if it is in hand, its work ends now. */
  cancelled(id: string): void {
    this.#held.get(id)?.cancelled();
  }

  /** Holds a job that came with work under way; see `TicketDesk.adopt`. Resolves when it is settled. */
  async adopt(
    leased: Pick<LeasedJob, "job" | "hold">,
    work: Promise<JobEnding>,
    abort: AbortController,
  ): Promise<Settled> {
    const held = new HeldJob(leased.job, leased.hold, this.#parts, (reason) => abort.abort(reason));
    const onAbandon = () => abort.abort(this.#abandon.signal.reason);
    this.#abandon.signal.addEventListener("abort", onAbandon, { once: true });
    if (this.#abandon.signal.aborted) onAbandon();
    this.#held.set(leased.job.id, held);
    const settled = await held.settle(await work);
    this.#abandon.signal.removeEventListener("abort", onAbandon);
    this.#forget(leased.job.id);
    return settled;
  }

  /** Takes no more, lets what runs finish for `graceMs`, then gives it back to the queue. */
  async stop(graceMs: number): Promise<void> {
    this.#stop.abort();
    this.#freed?.();
    await this.#loop;
    this.#loop = undefined;
    const closing = failure("cancelled", "worker-closing", "The worker stopped before the job was done.");
    const timer = this.#parts.clock.schedule(graceMs, () => this.#abandon.abort(closing));
    if (graceMs <= 0) this.#abandon.abort(closing);
    while (this.#held.size > 0) await new Promise<void>((resolve) => (this.#freed = resolve));
    timer.cancel();
  }

  async #run(): Promise<void> {
    const { queue, clock } = this.#parts;
    const { signal } = this.#stop;
    let more = false;
    while (!signal.aborted) {
      const room = this.#roomFor(this.#most - this.#held.size);
      // A broker's message is not taken to be given back; what the store chooses may be for a route that is not known yet.
      if (room <= 0 && (queue.order === "queue" || this.#held.size >= this.#most)) {
        await this.#pause(POLL_MS);
        continue;
      }
      const deliveries = await this.#receive(Math.max(1, room), more ? 0 : POLL_MS);
      if (signal.aborted) {
        await Promise.all(deliveries.map((delivery) => delivery.giveBack()));
        return;
      }
      const taken = await this.#take(deliveries, Math.max(1, room));
      if (taken === undefined) await sleep(clock, POLL_MS, signal);
      more = queue.order === "store" && taken !== undefined && taken > 0;
    }
  }

  /** Waits for work, and no longer than until a place is free: then more of it may be asked for. */
  async #receive(limit: number, waitMs: number): Promise<readonly JobDelivery[]> {
    const wait = new AbortController();
    this.#freed = () => wait.abort();
    const deliveries = await this.#parts.queue.receive(limit, waitMs, wait.signal);
    this.#freed = undefined;
    return deliveries;
  }

  async #pause(ms: number): Promise<void> {
    const wait = new AbortController();
    this.#freed = () => wait.abort();
    if (!this.#stop.signal.aborted) await sleep(this.#parts.clock, ms, wait.signal);
    this.#freed = undefined;
  }

  /** @returns how many were leased; undefined when the store is out. */
  async #take(deliveries: readonly JobDelivery[], room: number): Promise<number | undefined> {
    const { store, queue, clock, owner, emit } = this.#parts;
    try {
      const now = clock.wallTime();
      const order = { owner, until: now + LEASE_MS, now, limit: room };
      let leased: readonly LeasedJob[] = [];
      if (queue.order === "queue") {
        const ids = deliveries.flatMap(({ jobId }) => jobId ?? []);
        if (ids.length > 0) leased = await store.lease({ ...order, limit: ids.length, ids });
      } else if ((await store.counts()).queued > 0) {
        leased = await store.lease({ ...order, exceptModels: this.#modelsWithoutRoom() });
      }
      // The rows are ours now, or somebody else's, or not due: the store's reconciliation tells the broker again then.
      await Promise.all(deliveries.map((delivery) => delivery.acknowledge()));
      for (const one of leased) void this.#work(one);
      return leased.length;
    } catch (error) {
      emit?.({ type: "job-store-failed", doing: "lease", error });
      await Promise.all(deliveries.map((delivery) => delivery.giveBack()));
      return undefined;
    }
  }

  async #work(leased: LeasedJob): Promise<void> {
    const { job } = leased;
    const abort = new AbortController();
    const held = new HeldJob(job, leased.hold, this.#parts, (reason) => abort.abort(reason));
    this.#held.set(job.id, held);
    const onAbandon = () => abort.abort(this.#abandon.signal.reason);
    this.#abandon.signal.addEventListener("abort", onAbandon, { once: true });
    try {
      await this.#runHeld(held, leased.request, abort.signal);
    } finally {
      this.#abandon.signal.removeEventListener("abort", onAbandon);
      this.#forget(job.id);
    }
  }

  async #runHeld(held: HeldJob, bytes: Uint8Array, signal: AbortSignal): Promise<void> {
    const { job } = held;
    const route = this.#parts.findRoute(job.model);
    if (route === undefined) {
      const message = `No route offers the model ${job.model} any more.`;
      await held.settle({ type: "refused", error: { code: "unknown_model", message, deadLetter: true } });
      return;
    }
    this.#remember(job.model, route.name);
    const governor = this.#governorOf(route, job.model);
    if (governor.room <= 0) {
      await held.settle({ ...NO_ROOM, retryAfterMs: governor.pauseMs });
      return;
    }
    governor.began();
    if (!(await held.start())) {
      governor.stopped();
      return;
    }
    const ending = await askRoute(route.service, { job, bytes, signal, clock: this.#parts.clock });
    teach(governor, ending);
    await held.settle(ending);
  }

  #governorOf(route: JobRoute, model: string): DrainGovernor {
    const governor = this.#governors.get(route.name);
    if (governor !== undefined) return governor;
    const { clock, random, share, findRoute } = this.#parts;
    const known = {
      limit: () => findRoute(model)?.limit(model) ?? 0,
      load: () => findRoute(model)?.load?.(model),
    };
    const made = new DrainGovernor(known, share, clock, random);
    this.#governors.set(route.name, made);
    return made;
  }

  /** The most that any route has room for; while none is known, one job finds out. */
  #roomFor(most: number): number {
    if (this.#governors.size === 0) return Math.min(most, 1);
    return Math.min(most, Math.max(...[...this.#governors.values()].map(({ room }) => room)));
  }

  #modelsWithoutRoom(): string[] {
    return [...this.#routeOfModel].flatMap(([model, route]) =>
      (this.#governors.get(route)?.room ?? 1) <= 0 ? [model] : [],
    );
  }

  #remember(model: string, route: string): void {
    if (this.#routeOfModel.size >= MOST_MODELS && !this.#routeOfModel.has(model)) {
      const oldest = this.#routeOfModel.keys().next().value;
      if (oldest !== undefined) this.#routeOfModel.delete(oldest);
    }
    this.#routeOfModel.set(model, route);
  }

  #forget(id: string): void {
    this.#held.delete(id);
    this.#freed?.();
  }
}

/** A delivery that came when the route had no room. */
const NO_ROOM = {
  type: "unavailable",
  error: { code: "load_shed", message: "The providers had no room for it.", deadLetter: false },
  asked: false,
  broke: false,
} as const;

function teach(governor: DrainGovernor, ending: JobEnding): void {
  if (ending.type === "stopped") governor.stopped();
  else if (ending.type !== "unavailable") governor.answered();
  // Taken for an outage, a single such job would hold up all others of its route for as long as it lives.
  else if (ending.unfit === true) governor.stopped();
  else if (ending.asked) governor.failed(ending.retryAfterMs);
  else governor.crowdedOut(ending.retryAfterMs);
}
