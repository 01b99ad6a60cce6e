import { matchesModel } from "../config/model-glob.ts";
import type { ResolvedConfig, ResolvedRoute } from "../config/resolved-config.ts";
import {
  type Call,
  Chaos,
  type ChaosOptions,
  type EngineEnvironment,
  type Quota,
  type Service,
  TenantQuotas,
  type Transport,
} from "../engine/index.ts";
import { offeredModels, type RouteModel } from "./offered-models.ts";
import { createProviderState, type ProviderState, providerIdentity } from "./provider-state.ts";
import { type CompileCondition, routeService } from "./route-service.ts";

/** A route with the service that answers its calls. */
export interface RuntimeRoute {
  readonly route: ResolvedRoute;
  readonly service: Service;
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
  /** The first route whose glob matches. */
  findRoute(model: string): RuntimeRoute | undefined;
}

/** What a runtime is made from. */
export interface RuntimeParts {
  readonly environment: EngineEnvironment;
  readonly transport: Transport;
  readonly compileCondition: CompileCondition;
  /** Faults on purpose, for game days. Absent: none. */
  readonly chaos?: ChaosOptions | undefined;
}

/**
 * Builds the services of a configuration. Calls in flight keep the runtime they began with; the state of a provider
 * (breakers, budgets, isolated keys) survives a reload as long as its settings are the same.
 * @param previous the runtime that this one replaces
 * @throws what `compileCondition` throws; RangeError for chaos that goes too far
 */
export function createRuntime(config: ResolvedConfig, parts: RuntimeParts, previous?: Runtime): Runtime {
  const { environment, transport, compileCondition } = parts;
  const chaos = parts.chaos === undefined ? undefined : new Chaos(parts.chaos, environment);
  const providers = new Map<string, ProviderState>();
  for (const [name, resolved] of Object.entries(config.providers)) {
    const known = previous?.providers.get(name);
    const survives = known?.identity === providerIdentity(resolved);
    providers.set(name, survives ? known : createProviderState(resolved, transport, environment));
  }
  const quotas = previous?.quotas ?? new TenantQuotas(environment);
  const quotaOf = quotaByKey(config);
  const routes = config.routes.map((route) => ({
    route,
    service: routeService(route, { environment, providers, compileCondition, chaos, quotas, quotaOf }),
    models: offeredModels(route, providers),
  }));
  return {
    config,
    routes,
    providers,
    quotas,
    findRoute: (model) => routes.find(({ route }) => matchesModel(route.model, model)),
  };
}

/** The rates that a configuration sets on callers' keys, found by a call's key. */
function quotaByKey({ server }: ResolvedConfig): (call: Call) => Quota | undefined {
  const quotas = new Map<string, Quota>();
  for (const { name, rate } of server.keys) if (rate !== undefined) quotas.set(name, { name, ...rate });
  return ({ keyName }) => (keyName === undefined ? undefined : quotas.get(keyName));
}
