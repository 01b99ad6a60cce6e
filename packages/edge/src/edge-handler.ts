import type { Fetch } from "tideover";
import type { AnswerStore, EngineEvent, FlightLedger } from "tideover/engine";
import type { ExchangeRecord } from "tideover/front";
import type { CompileCondition } from "tideover/runtime";
import { type EdgeBindings, type EdgeConfiguration, type EdgePlace, edgeConfig, placeOf } from "./edge-config.ts";
import { type EdgeContext, EdgeEngine } from "./edge-engine.ts";
import { unusableConfiguration } from "./unusable-configuration.ts";

/** What an edge handler may be given beside its configuration. */
export interface EdgeOptions<Bindings extends EdgeBindings> {
  /** What is kept outside the isolate's memory, made from the bindings; all of it optional. */
  readonly stores?: {
    /** Level two of the cache: stored and stale answers that other isolates see too. */
    readonly answers?: ((bindings: Bindings) => AnswerStore | undefined) | undefined;
    /** Through which isolates share one answer to identical requests at the same time. */
    readonly flights?: ((bindings: Bindings) => FlightLedger | undefined) | undefined;
  };
  /** How providers are reached; default: the platform's fetch. */
  readonly fetch?: Fetch | undefined;
  /** Reads conditions of rules that are expressions; absent: conditions must be functions. */
  readonly compileCondition?: CompileCondition | undefined;
  /** Told what happens inside, for logs and metrics; it must be quick and must not throw. */
  readonly onEvent?: ((event: EngineEvent) => void) | undefined;
  /** Told of the end of every exchange; it must be quick and must not throw. */
  readonly onExchange?: ((record: ExchangeRecord) => void) | undefined;
  /**
   * Whether identical requests at the same time share one answer. Only where a request may wait for the work of another:
   * in Deno, Bun and Node, and inside a Durable Object; Workers end a request's work with the request. Default: false.
   */
  readonly sharesInProcess?: boolean | undefined;
}

/** A fetch handler in the form that edge platforms take as a module's default export. */
export interface EdgeHandler<Bindings extends EdgeBindings> {
  /**
   * Answers a request as the gateway would.
   * @param bindings secrets and stores; what the platform gives as `env`
   * @param context the platform's promise to wait; absent where it needs no asking
   */
  readonly fetch: (request: Request, bindings?: Bindings, context?: EdgeContext) => Promise<Response>;
}

/**
 * The stateless part of the gateway as a fetch handler: `export default createEdgeHandler(configuration)`.
 *
 * The configuration is read with the first request of an isolate: before that there are no bindings, and Workers allow
 * neither clock nor randomness. One that cannot be used answers every request with 500, and its errors are the rejection
 * of a promise given to `waitUntil`, which platforms write to the log of the Worker; callers are not told them.
 */
export function createEdgeHandler<Bindings extends EdgeBindings = EdgeBindings>(
  configuration: EdgeConfiguration<Bindings>,
  options: EdgeOptions<Bindings> = {},
): EdgeHandler<Bindings> {
  let engine: EdgeEngine | Error | undefined;
  return {
    async fetch(request, bindings, context) {
      engine ??= createEngine(configuration, options, bindings ?? ({} as Bindings), placeOf(request));
      if (engine instanceof EdgeEngine) return engine.respond(request, context);
      if (context === undefined) throw engine;
      context.waitUntil(Promise.reject(engine));
      return unusableConfiguration();
    },
  };
}

function createEngine<Bindings extends EdgeBindings>(
  configuration: EdgeConfiguration<Bindings>,
  { stores, sharesInProcess = false, ...options }: EdgeOptions<Bindings>,
  bindings: Bindings,
  place: EdgePlace,
): EdgeEngine | Error {
  try {
    const config = edgeConfig(configuration, bindings, place);
    const [answers, flights] = [stores?.answers?.(bindings), stores?.flights?.(bindings)];
    return new EdgeEngine({ ...options, config, answers, flights, sharesInProcess });
  } catch (error) {
    // It will not go away before the next deployment: what was wrong is told with every request.
    return error instanceof Error ? error : new Error(String(error));
  }
}
