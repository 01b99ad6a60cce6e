import type { ResolvedRoute, ResolvedRung } from "../config/resolved-config.ts";
import {
  AnswerCache,
  type AnswerStore,
  type CacheOptions,
  type Call,
  cache,
  type EngineEnvironment,
  type FlightLedger,
  Flights,
  type Hash,
  type Layer,
  type RequestKeys,
  type Rung,
  requestKeys,
  type SharedLedger,
  type SimilarQuestions,
  singleFlight,
  stale,
} from "../engine/index.ts";
import { chatAnswerForm } from "../wire/index.ts";
import { type Features, needed } from "./features.ts";
import type { ProviderState } from "./provider-state.ts";

/** What stored and shared answers need from outside. */
export interface CachingParts {
  readonly hash: Hash;
  /** The most memory that stored answers take, in bytes, where the configuration does not say. */
  readonly memoryBytes: number;
  /** Level two, behind memory. */
  readonly store?: AnswerStore | undefined;
  /** Through which several processes share one answer, with the feature `sharedFlights`. */
  readonly ledger?: FlightLedger | undefined;
  /** Whether the ledger lives where level two does: then what is found out about one holds for the other. Default: no. */
  readonly ledgerIsOnStore?: boolean | undefined;
  /**
   * Whether identical calls in this process share one answer. False where a call must not wait for the work of another,
   * as on platforms that end what a request has begun with that request. Default: true.
   */
  readonly sharesInProcess?: boolean | undefined;
  /** Told of every refresh that goes on after its call was answered; the promise settles at its end. */
  readonly onRefresh?: CacheOptions["onRefresh"];
}

/** The stored and shared answers of all routes; it survives a reload. */
export interface Caching {
  readonly hash: Hash;
  readonly answers: AnswerCache;
  readonly flights: Flights;
  readonly ledger: SharedLedger | undefined;
  /** Undefined where no answers to similar questions are given. */
  readonly questions: SimilarQuestions | undefined;
  /** See {@link CachingParts}. */
  readonly sharesInProcess: boolean;
  readonly onRefresh: CacheOptions["onRefresh"];
}

/** What a route's caching is made from. */
export interface RouteCachingParts {
  readonly environment: EngineEnvironment;
  readonly providers: ReadonlyMap<string, ProviderState>;
  /** Absent: nothing is stored or shared. */
  readonly caching?: Caching | undefined;
}

/** Makes the stores of answers, empty as far as this process goes. */
export function createCaching(
  { hash, memoryBytes, store, ledger, ledgerIsOnStore = false, sharesInProcess = true, onRefresh }: CachingParts,
  configuredBytes: number | undefined,
  environment: EngineEnvironment,
  features: Features,
): Caching {
  const questions = features.similarAnswers?.questions();
  const answers = new AnswerCache(
    {
      memoryBytes: configuredBytes ?? memoryBytes,
      form: chatAnswerForm,
      store,
      onPurge: questions && ((keys) => questions.forget(keys)),
    },
    environment,
  );
  const guard = ledgerIsOnStore ? answers.storeGuard : undefined;
  return {
    hash,
    answers,
    flights: new Flights(),
    ledger: ledger && needed(features, "sharedFlights").ledgerOf(ledger, environment, guard),
    questions,
    sharesInProcess,
    onRefresh,
  };
}

/** The layer that answers from stored copies; undefined where nothing is stored. */
export function cacheLayer(
  route: ResolvedRoute,
  { environment, providers, caching }: RouteCachingParts,
  onStored?: CacheOptions["onStored"],
): Layer | undefined {
  if (caching === undefined) return undefined;
  const { fresh, stale: staleMs, when, pace, also, tags } = route.cache;
  return cache(
    {
      cache: caching.answers,
      keys: routeKeys(route, providers, caching),
      form: chatAnswerForm,
      route: route.name,
      when,
      freshMs: fresh,
      staleMs,
      paceMs: pace,
      keepsStale: route.ladder.some(({ kind }) => kind === "stale" || kind === "similar"),
      endings: new Set(["stop", ...also]),
      tags,
      deadlineMs: route.deadline,
      onStored,
      onRefresh: caching.onRefresh,
    },
    environment,
  );
}

/** The keys under which the answers of a route are stored. */
export function routeKeys(
  route: ResolvedRoute,
  providers: ReadonlyMap<string, ProviderState>,
  { hash }: Pick<Caching, "hash">,
): RequestKeys {
  return requestKeys(route.name, policyOf(route, providers), hash);
}

/** The layer that makes one answer for identical requests at the same time; undefined where no request may share. */
export function sharingLayer(
  route: ResolvedRoute,
  group: string,
  patience: (call: Call) => { readonly firstMs: number; readonly gapMs: number },
  { environment, caching }: RouteCachingParts,
  features: Features,
): Layer | undefined {
  if (caching === undefined || route.cache.when === "never") return undefined;
  const { flights, ledger, sharesInProcess } = caching;
  const here = sharesInProcess ? singleFlight(flights, group, chatAnswerForm, environment) : undefined;
  if (ledger === undefined) return here;
  const options = { ...ledger, form: chatAnswerForm, patience };
  const elsewhere = needed(features, "sharedFlights").layerOf(group, options, environment);
  return here === undefined ? elsewhere : (next) => here(elsewhere(next));
}

/** The rung that gives the last good copy; where nothing is stored it takes no call. */
export function staleRung(
  { after }: Extract<ResolvedRung, { kind: "stale" }>,
  route: ResolvedRoute,
  { environment, caching }: RouteCachingParts,
): Rung {
  if (caching === undefined) return { name: "stale", slow: false, takes: () => false, service: unreachable };
  return {
    name: "stale",
    slow: false,
    service: stale(caching.answers, route.cache.pace, environment),
    earlyMs: after,
  };
}

/**
 * What an answer depends on beside the request: who is asked, where, and for which model. Timers, limits and retries do
 * not change what is answered, so that changing them loses no copy.
 */
function policyOf({ ladder }: ResolvedRoute, providers: ReadonlyMap<string, ProviderState>): string {
  const asked = ladder.flatMap((rung) => {
    const definition = rung.kind === "provider" ? providers.get(rung.provider)?.definition : undefined;
    if (definition === undefined) return [];
    const { name, preset, baseUrl, models, degraded } = definition;
    return [[name, preset.preset, baseUrl, Object.entries(models).sort(([a], [b]) => (a < b ? -1 : 1)), degraded]];
  });
  return JSON.stringify(asked);
}

/** Never asked: the rung takes no call. */
const unreachable: Rung["service"] = () => {
  throw new Error("A stale rung without a cache takes no call.");
};
