import { matchesModel } from "../config/model-glob.ts";
import type { ResolvedConfig, ResolvedProvider, ResolvedRoute } from "../config/resolved-config.ts";
import {
  type Call,
  type Chaos,
  type ChaosOptions,
  type EngineEnvironment,
  type Quota,
  type ReviewInbox,
  type Service,
  Spending,
  TenantQuotas,
  type TicketDesk,
  type Transport,
} from "../engine/index.ts";
import type { JobRoute } from "../jobs/index.ts";
import { type Caching, type CachingParts, createCaching } from "./caching.ts";
import { type Features, needed } from "./features.ts";
import { offeredModels, type RouteModel } from "./offered-models.ts";
import { createProviderState, type FindAdapter, type ProviderState, providerIdentity } from "./provider-state.ts";
import type { RouteReview } from "./review.ts";
import type { CompileCondition, RouteParts } from "./route-parts.ts";
import { jobService, routeService } from "./route-service.ts";
import { keyBudgets } from "./spending.ts";

/** A route with the service that answers its calls. */
export interface RuntimeRoute {
  readonly route: ResolvedRoute;
  readonly service: Service;
  /** How its jobs are run; undefined where it gives no tickets. */
  readonly jobs: JobRoute | undefined;
  /** What reviewers do to its degraded answers; undefined where none of them are reviewed. */
  readonly review: RouteReview | undefined;
  /** The models that the route offers by name. */
  readonly models: readonly RouteModel[];
}

/** A configuration come alive. Immutable: a reload makes a new one, which takes over what it can. */
export interface Runtime {
  readonly config: ResolvedConfig;
  readonly routes: readonly RuntimeRoute[];
  readonly providers: ReadonlyMap<string, ProviderState>;
  /** What callers have used of their rates; it survives a reload. */
  readonly quotas: TenantQuotas;
  /** Stored and shared answers; undefined where the runtime was given nothing to keep them in. It survives a reload. */
  readonly caching: Caching | undefined;
  /** What callers and routes have spent of their budgets; it survives a reload. */
  readonly spending: Spending;
  /** The first route whose glob matches. */
  findRoute(model: string): RuntimeRoute | undefined;
}

/** What a runtime is made from. */
export interface RuntimeParts {
  readonly environment: EngineEnvironment;
  readonly transport: Transport;
  readonly compileCondition: CompileCondition;
  /** At least those of `featuresOf` the configuration; `ALL_FEATURES` for servers. */
  readonly features: Features;
  /** What answers are kept and shared in; absent: none are. Only the first runtime's counts, the next take it over. */
  readonly caching?: CachingParts | undefined;
  /** Faults on purpose, for game days, in place of the configuration's. */
  readonly chaos?: ChaosOptions | undefined;
  /** Gives adapters to providers that are not reached by the transport, such as a model in this process. */
  readonly findAdapter?: FindAdapter | undefined;
  /** Who turns calls into jobs, with the feature `tickets`; absent: the ticket rung is not there. */
  readonly desk?: TicketDesk | undefined;
  /** Where degraded answers wait for people, with the feature `review`; absent: `review` has no effect. */
  readonly inbox?: ReviewInbox | undefined;
  /** The part of a provider's known limit that this process begins with, where several share it. Default: all. */
  readonly partOf?: ((total: number) => number) | undefined;
}

/**
 * Builds the services of a configuration. Calls in flight keep the runtime they began with; the state of a provider
 * (breakers, budgets, isolated keys) survives a reload as long as its settings are the same.
 * @param previous the runtime that this one replaces
 * @throws what `compileCondition` throws; RangeError for chaos that goes too far; TypeError for a feature that is missing
 */
export function createRuntime(config: ResolvedConfig, parts: RuntimeParts, previous?: Runtime): Runtime {
  const { environment, compileCondition, features } = parts;
  const chaos = chaosOf(config, parts);
  const providers = new Map<string, ProviderState>();
  for (const [name, resolved] of Object.entries(config.providers)) {
    const known = previous?.providers.get(name);
    const survives = known?.identity === providerIdentity(resolved);
    providers.set(name, survives ? known : newProviderState(resolved, parts));
  }
  const quotas = previous?.quotas ?? new TenantQuotas(environment);
  const quotaOf = quotaByKey(config);
  const spending = previous?.spending ?? new Spending(environment);
  const caching = previous?.caching ?? cachingOf(config, parts);
  const { region } = config.server;
  const shared = {
    environment,
    providers,
    compileCondition,
    features,
    chaos,
    quotas,
    quotaOf,
    region,
    desk: parts.desk,
    inbox: parts.inbox,
    caching,
  };
  const budgets = { spending, keyBudgets: keyBudgets(config) };
  const routes = config.routes.map((route) => ({
    route,
    service: routeService(route, { ...shared, ...budgets }),
    jobs: parts.desk && needed(features, "tickets").jobRoute(route, { ...shared, ...budgets }),
    review: reviewOf(route, { ...shared, ...budgets }),
    models: offeredModels(route, providers),
  }));
  return {
    config,
    routes,
    providers,
    quotas,
    caching,
    spending,
    findRoute: (model) => routes.find(({ route }) => matchesModel(route.model, model)),
  };
}

function newProviderState(resolved: ResolvedProvider, parts: RuntimeParts): ProviderState {
  const { transport, environment, features, findAdapter, partOf } = parts;
  return createProviderState(resolved, { transport, environment, wires: features, findAdapter, partOf });
}

function chaosOf(config: ResolvedConfig, { chaos: options, environment, features }: RuntimeParts): Chaos | undefined {
  if (options === undefined && config.chaos === undefined) return undefined;
  const chaos = needed(features, "chaos");
  const faults = options ?? (config.chaos && chaos.optionsOf(config.chaos));
  return faults && chaos.make(faults, environment);
}

function reviewOf(route: ResolvedRoute, parts: RouteParts): RouteReview | undefined {
  const review = parts.inbox && needed(parts.features, "review");
  if (review?.isReviewed(route) !== true) return undefined;
  const isLive = route.ladder.some(({ kind }) => kind === "provider");
  return review.ofRoute(route, parts, isLive ? jobService(route, parts) : undefined);
}

function cachingOf({ stores }: ResolvedConfig, { caching, environment, features }: RuntimeParts): Caching | undefined {
  return caching === undefined ? undefined : createCaching(caching, stores.cacheMemory, environment, features);
}

/** The rates that a configuration sets on callers' keys, found by a call's key. */
function quotaByKey({ server }: ResolvedConfig): (call: Call) => Quota | undefined {
  const quotas = new Map<string, Quota>();
  for (const { name, rate } of server.keys) if (rate !== undefined) quotas.set(name, { name, ...rate });
  return ({ keyName }) => (keyName === undefined ? undefined : quotas.get(keyName));
}
