import type { ResolvedProvider } from "../config/resolved-config.ts";
import type { Adapter } from "../engine/index.ts";
import {
  type AccountState,
  type EngineEnvironment,
  FirstTokenTimes,
  failure,
  LearnedFirstToken,
  type LimitState,
  newAccountState,
  TokenBudget,
  type Transport,
} from "../engine/index.ts";
import { RETRY_BUDGET } from "../engine/layers/retry/defaults.ts";
import { type Account, createOpenAiAdapter, type ProviderDefinition, type Wires } from "../providers/index.ts";
import { Breakers, breakerOptions } from "./breakers.ts";
import { limitsOf } from "./limits.ts";
import type { PerModel } from "./per-model.ts";

/** One account of a provider with what is remembered of it. */
export interface ProviderAccount {
  readonly account: Account;
  readonly adapter: Adapter;
  readonly state: AccountState;
}

/** One provider with everything that outlives a request, shared by all routes that use it. */
export interface ProviderState {
  readonly definition: ProviderDefinition;
  /** Of a model in this process: prompt and answer together, in tokens. */
  readonly inProcessTokens?: number | undefined;
  readonly accounts: readonly ProviderAccount[];
  /** Undefined when the breaker is off. */
  readonly breakers: Breakers | undefined;
  /** Undefined when calls are not limited. */
  readonly limits: PerModel<LimitState> | undefined;
  /** How long its first tokens took lately. */
  readonly firstTokens: FirstTokenTimes;
  /** How long to wait for one, for routes that have that learned. */
  readonly learned: LearnedFirstToken;
  /** The retry budget for a share of the traffic; routes with the same share draw on the same budget. */
  budget(share: number): TokenBudget;
  /** What decides whether this state survives a reload. */
  readonly identity: string;
}

/** What a provider's state depends on: while it is equal, the state survives a reload. It holds secrets. */
export function providerIdentity(resolved: ResolvedProvider): string {
  return JSON.stringify(resolved);
}

/** The provider as one of its accounts has it: at that account's own address. */
function at(definition: ProviderDefinition, { baseUrl }: Account): ProviderDefinition {
  return baseUrl === undefined ? definition : { ...definition, baseUrl, ownBaseUrl: true };
}

/** Gives the adapter to an account of a provider that is not reached by the transport; undefined for all others. */
export type FindAdapter = (resolved: ResolvedProvider, account: Account) => Adapter | undefined;

/** A provider that nobody has given an adapter for: its calls go to the next. */
function absent({ name, preset }: ResolvedProvider): Adapter {
  const message = `This program has no adapter for the preset \`${preset}\`; the gateway has one, and the SDK takes one as findAdapter.`;
  return () => Promise.resolve(failure("incompatible", "no-adapter", message, { provider: name }));
}

/** What a provider's state is made from. */
interface ProviderParts {
  readonly transport: Transport;
  readonly environment: EngineEnvironment;
  readonly wires: Wires;
  readonly findAdapter?: FindAdapter | undefined;
  readonly partOf?: ((total: number) => number) | undefined;
}

/**
 * Makes a provider's state.
 * @throws TypeError where the provider's wire is missing
 */
export function createProviderState(
  resolved: ResolvedProvider,
  { transport, environment, wires, findAdapter, partOf }: ProviderParts,
): ProviderState {
  const { name, breaker, definition } = resolved;
  const options = breakerOptions(breaker);
  const budgets = new Map<number, TokenBudget>();
  return {
    definition,
    inProcessTokens: resolved.inProcess?.contextTokens,
    identity: providerIdentity(resolved),
    accounts: definition.accounts.map((account) => ({
      account,
      adapter:
        findAdapter?.(resolved, account) ??
        (definition.preset.inProcess
          ? absent(resolved)
          : createOpenAiAdapter(at(definition, account), account, { transport, clock: environment.clock, wires })),
      state: newAccountState(account.id),
    })),
    breakers: options === undefined ? undefined : new Breakers(name, options, environment),
    limits: limitsOf(resolved, environment, partOf),
    firstTokens: new FirstTokenTimes(),
    learned: new LearnedFirstToken(environment),
    budget(share) {
      const known = budgets.get(share);
      if (known !== undefined) return known;
      const budget = new TokenBudget({ ...RETRY_BUDGET, share });
      budgets.set(share, budget);
      return budget;
    },
  };
}
