import { createFetchTransport, type Fetch } from "tideover";
import type { ResolvedConfig } from "tideover/config";
import { type AnswerStore, type EngineEvent, type FlightLedger, sha256 } from "tideover/engine";
import {
  ALL_ENDPOINTS,
  createHandler,
  type ExchangeRecord,
  type Handler,
  refusalResponse,
  toFetch,
} from "tideover/front";
import {
  ALL_FEATURES,
  type CompileCondition,
  createRuntime,
  frontRoutes,
  frontSettings,
  platformIds,
  platformRandom,
  ServiceLevels,
} from "tideover/runtime";
import { checkedConditions } from "./checked-conditions.ts";
import { EDGE_CACHE_MEMORY_BYTES } from "./defaults.ts";
import { edgeClock } from "./edge-clock.ts";
import { notHere } from "./not-here.ts";
import { OpenWrites } from "./open-writes.ts";
import { RequestLives } from "./request-lives.ts";

/** What asks a platform to go on after a response; Workers call it the context, Durable Objects the state. */
export interface EdgeContext {
  waitUntil(promise: Promise<unknown>): void;
}

/** What an engine is made from beside its configuration. */
export interface EdgeEngineParts {
  readonly config: ResolvedConfig;
  /** Level two of the cache, behind memory. */
  readonly answers?: AnswerStore | undefined;
  /** Through which isolates share one answer to identical calls. */
  readonly flights?: FlightLedger | undefined;
  readonly fetch?: Fetch | undefined;
  readonly compileCondition?: CompileCondition | undefined;
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
  readonly onExchange?: ((record: ExchangeRecord) => void) | undefined;
  /** Whether identical calls at the same time share one answer: only where requests may wait for each other's work. */
  readonly sharesInProcess: boolean;
}

/** A configuration come alive in one isolate. */
export class EdgeEngine {
  readonly #handler: Handler;
  /** Resolves when nothing of the request that came last is under way any more. */
  #lastOver: Promise<void> = Promise.resolve();
  readonly #bodyBytes: number;

  /** @throws ConfigError for what an edge handler cannot do */
  constructor(parts: EdgeEngineParts) {
    const { config, answers, flights, fetch, onEvent, onExchange, sharesInProcess } = parts;
    const writes = new OpenWrites();
    const lives = new RequestLives(edgeClock, writes, flights !== undefined);
    const emit = (event: EngineEvent) => {
      lives.engineEvent(event);
      onEvent?.(event);
    };
    const runtime = createRuntime(config, {
      environment: { clock: edgeClock, random: platformRandom, emit },
      transport: createFetchTransport(fetch),
      features: ALL_FEATURES,
      compileCondition: checkedConditions(config, parts.compileCondition),
      caching: {
        hash: sha256,
        memoryBytes: EDGE_CACHE_MEMORY_BYTES,
        store: answers && writes.ofAnswers(answers),
        ledger: flights && writes.ofFlights(flights),
        sharesInProcess,
        onRefresh: lives.refreshBegun,
      },
    });
    const levels = new ServiceLevels({ clock: edgeClock, runtime: () => runtime });
    const settings = frontSettings(config);
    this.#bodyBytes = settings.limits.bodyBytes;
    this.#handler = createHandler({
      clock: edgeClock,
      // The front takes an identifier before it does anything else for a request.
      ids: {
        next: () => {
          const id = platformIds.next();
          this.#lastOver = lives.follow(id);
          return id;
        },
      },
      ...frontRoutes(runtime),
      endpoints: ALL_ENDPOINTS,
      keys: config.server.keys.map(({ name, key, tenant, maxPriority }) => ({ name, key, tenant, maxPriority })),
      settings,
      hash: sha256,
      status: levels,
      ready: () => ({ ready: true, reasons: [] }),
      onExchange: (record) => {
        lives.exchangeEnded(record);
        levels.exchangeEnded(record);
        onExchange?.(record);
      },
    });
  }

  /**
   * Answers a request.
   * @param context asked to wait for what the request leaves behind; absent: the platform does not need to be asked
   */
  respond(request: Request, context: EdgeContext | undefined): Promise<Response> {
    const handler: Handler = (received) => {
      const refused = notHere(received.path);
      if (refused !== undefined) return Promise.resolve(refusalResponse(refused, platformIds.next()));
      const response = this.#handler(received);
      context?.waitUntil(this.#lastOver);
      return response;
    };
    return toFetch(handler, { maxBodyBytes: this.#bodyBytes })(request);
  }
}
