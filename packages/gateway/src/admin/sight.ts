import type { Clock, Emit, JobCounts, Usage } from "tideover/engine";
import type { ExchangeRecord, Handler } from "tideover/front";
import type { EmitJobEvent, Jobs } from "tideover/jobs";
import { costOf, ratesFor, VERSION } from "tideover/providers";
import { type Runtime, ServiceLevels } from "tideover/runtime";
import type { Log } from "../logging/index.ts";
import { readGauges } from "../metrics/gauges.ts";
import { measureLoopDelay } from "../metrics/loop-delay.ts";
import type { TotalsSnapshot } from "../metrics/snapshot.ts";
import { Totals } from "../metrics/totals.ts";
import type { LoadSnapshot } from "../shedding/load-shedding.ts";
import { giveToOpenTelemetry } from "../tracing/otel-metrics.ts";
import { BASE_EVERY_MS, COUNTS_FRESH_MS, COUNTS_PATIENCE_MS } from "./defaults.ts";
import { LiveFeed } from "./live-feed.ts";
import { pictureOf } from "./picture.ts";
import { ProviderEvents } from "./provider-events.ts";
import { RecentRequests } from "./recent-requests.ts";
import { SnapshotBases } from "./snapshot-bases.ts";

/** What is watched. */
export interface SightParts {
  readonly clock: Clock;
  readonly log: Log;
  /** The configuration in force, with the state of its providers. */
  runtime(): Runtime;
  /** Absent where no tickets are given. */
  jobs(): Pick<Jobs, "counts"> | undefined;
  /** Resolves when their store is open, where it is opened by its first use: looking must not open it. */
  readonly jobsOpened?: Promise<unknown> | undefined;
  /** How full this process is; absent where nobody watches. */
  readonly load?: { snapshot(): LoadSnapshot } | undefined;
  /** The totals of all processes that serve together; absent: this one is all there is. */
  readonly together?: ((own: () => TotalsSnapshot) => Promise<{ totals: TotalsSnapshot; workers: number }>) | undefined;
}

/**
 * Everything that is seen of a running gateway: totals, recent requests, levels, and the live view over them. It
 * listens; nothing that is served depends on it.
 */
export class Sight {
  readonly totals: Totals;
  readonly requests: RecentRequests;
  readonly levels: ServiceLevels;
  readonly events: ProviderEvents;
  readonly live: LiveFeed;
  readonly bases = new SnapshotBases();
  readonly startedAt: number;
  readonly #parts: SightParts;
  #counts: JobCounts | undefined;
  #countedAt = Number.NEGATIVE_INFINITY;
  #counting: Promise<void> | undefined;
  #inFlight = 0;
  #mayCount: boolean;
  #stops: (() => void)[] = [];

  constructor(parts: SightParts) {
    const { clock, log } = parts;
    this.#parts = parts;
    this.#mayCount = parts.jobsOpened === undefined;
    parts.jobsOpened?.then(
      () => {
        this.#mayCount = true;
      },
      // Whoever opened it is told why it would not; there is nothing to count.
      () => undefined,
    );
    this.startedAt = clock.wallTime();
    const priced = (provider: string, model: string | undefined, usage: Usage) => this.#cost(provider, model, usage);
    this.totals = new Totals({ clock, costOf: priced, gauges: () => this.#gauges() });
    const settings = () => parts.runtime().config.server.records;
    this.requests = new RecentRequests({ clock, settings, costOf: priced });
    this.levels = new ServiceLevels({ clock, runtime: parts.runtime });
    this.events = new ProviderEvents(clock, (event) => this.live.tell(event));
    this.live = new LiveFeed({
      clock,
      read: async () => (await this.read()).totals,
      picture: (period) => pictureOf(period, this.levels.read(), this.providers()),
      requests: this.requests,
      failed: (error) => log.warn({ event: "sight-failed", error }, "A picture of what happens could not be made."),
    });
  }

  /** Takes the engine's events. */
  readonly engineEvent: NonNullable<Emit> = (event) => {
    this.totals.engineEvent(event);
    this.requests.engineEvent(event);
    this.events.engineEvent(event);
  };

  /** Takes the events of jobs. */
  readonly jobEvent: EmitJobEvent = (event) => this.totals.jobEvent(event);

  /** Takes the ends of exchanges. */
  readonly exchangeEnded = (record: ExchangeRecord): void => {
    if (asksForWork(record)) this.#inFlight--;
    this.totals.exchangeEnded(record);
    this.requests.exchangeEnded(record);
    this.levels.exchangeEnded(record);
  };

  /** Counts the requests that a handler takes, each of which must end as an exchange. */
  watch(handler: Handler): Handler {
    return (request) => {
      if (asksForWork(request)) this.#inFlight++;
      this.totals.exchangeStarted();
      return handler(request);
    };
  }

  /** All totals of all processes now, with fresh counts of jobs. */
  async read(): Promise<{ readonly totals: TotalsSnapshot; readonly workers: number }> {
    await this.#countJobs();
    const own = () => this.totals.snapshot();
    const { together } = this.#parts;
    return together === undefined ? { totals: own(), workers: 1 } : together(own);
  }

  /** All totals, what came in the last minute, and the number of processes. */
  async lately() {
    const { totals, workers } = await this.read();
    const minute = this.bases.lastMinute(totals);
    this.bases.offer(totals);
    return { totals, minute, workers };
  }

  /** The names of the providers, in the order of the configuration. */
  providers(): readonly string[] {
    return [...this.#parts.runtime().providers.keys()];
  }

  /** Begins to measure what is measured by the clock; a gateway that serves nobody needs none of it. */
  start(): void {
    const { clock, log } = this.#parts;
    this.#stops.push(measureLoopDelay(clock, this.totals));
    this.#stops.push(giveToOpenTelemetry(async () => (await this.read()).totals, VERSION));
    const remember = () => {
      this.lately().catch((error: unknown) => {
        log.warn({ event: "sight-failed", error }, "What happens could not be counted together.");
      });
      timer = clock.schedule(BASE_EVERY_MS, remember);
    };
    let timer = clock.schedule(0, remember);
    this.#stops.push(() => timer.cancel());
  }

  /** Ends everything that runs. */
  stop(): void {
    for (const stop of this.#stops) stop();
    this.#stops = [];
    this.live.close();
  }

  #gauges(): TotalsSnapshot["gauges"] {
    const { clock } = this.#parts;
    const runtime = this.#parts.runtime();
    const facts = {
      runtime,
      clock,
      requestsInFlight: this.#inFlight,
      jobs: this.#counts,
      load: this.#parts.load?.snapshot(),
    };
    return readGauges({ ...facts, levels: this.levels.numbers() });
  }

  /** Counts the jobs anew where the last count is old; a store that does not answer leaves the last one standing. */
  async #countJobs(): Promise<void> {
    const { clock } = this.#parts;
    const jobs = this.#parts.jobs();
    if (jobs === undefined || !this.#mayCount || clock.now() - this.#countedAt < COUNTS_FRESH_MS) return;
    this.#counting ??= jobs
      .counts()
      .then((counts) => {
        this.#counts = counts;
        this.#countedAt = clock.now();
      })
      // The job store tells of its own troubles.
      .catch(() => {
        this.#counts = undefined;
        this.#countedAt = clock.now();
      })
      .finally(() => {
        this.#counting = undefined;
      });
    const late = Promise.withResolvers<void>();
    const timer = clock.schedule(COUNTS_PATIENCE_MS, late.resolve);
    await Promise.race([this.#counting, late.promise]);
    timer.cancel();
  }

  #cost(provider: string, model: string | undefined, usage: Usage): number | undefined {
    const definition = this.#parts.runtime().providers.get(provider)?.definition;
    if (definition === undefined || model === undefined) return undefined;
    const rates = ratesFor(definition, model, this.#parts.clock.wallTime());
    return rates === undefined ? undefined : costOf(rates, usage);
  }
}

/** Whether a request is one that is in flight while it is answered: streams of states and levels are open for hours. */
function asksForWork({ method }: { readonly method: string }): boolean {
  return method === "POST";
}
