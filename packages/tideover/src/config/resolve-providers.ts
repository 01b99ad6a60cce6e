import { type Account, defineProvider, type ProviderDefinition } from "../providers/index.ts";
import type { Currencies } from "./budgets.ts";
import { BREAKER_DEFAULTS, IN_PROCESS_DEFAULTS } from "./defaults.ts";
import type { Finding } from "./finding.ts";
import type { Origin, SourceMap } from "./origins.ts";
import { formatPath } from "./path.ts";
import type { ResolvedAccount, ResolvedBreaker, ResolvedLimit, ResolvedProvider } from "./resolved-config.ts";
import type { WrittenProvider } from "./schema/config-schema.ts";
import { withDefaults } from "./with-defaults.ts";

/** What the resolving of a section reads and adds to. */
export interface ResolveScope {
  readonly source: SourceMap;
  /** Origins that the resolved path alone does not tell. */
  readonly known: Map<string, Origin>;
  readonly warnings: Finding[];
  /** Every call brings its caller's own key. */
  readonly keysFromCallers: boolean;
  /** What one US dollar is in other currencies. */
  readonly currencies: Currencies;
}

/** The providers with every default and preset filled in. */
export function resolveProviders(
  written: Readonly<Record<string, WrittenProvider>>,
  scope: ResolveScope,
): Record<string, ResolvedProvider> {
  return Object.fromEntries(
    Object.entries(written).map(([name, settings]) => [name, resolveProvider(name, settings, scope)]),
  );
}

function resolveProvider(
  name: string,
  written: WrittenProvider,
  { source, known, keysFromCallers }: ResolveScope,
): ResolvedProvider {
  const definition = defineProvider(name, { ...written, keysFromCallers });
  const fromPreset: Origin = { from: "preset", preset: written.preset };
  const note = (setting: string, origin: Origin | undefined) => {
    if (origin !== undefined) known.set(formatPath(["providers", name, setting]), origin);
  };
  for (const setting of ["baseUrl", "upstream", "degraded", "continuation"] as const) {
    if (written[setting] === undefined) note(setting, fromPreset);
  }
  if (written.lacks === undefined && definition.lacks.length > 0) note("lacks", fromPreset);
  note("name", source.at(["providers", name]));
  if (written.apiKey !== undefined) note("apiKeys", source.at(["providers", name, "apiKey"]));

  const limit = resolveLimit(written.limit, definition);
  if (limit !== "off" && limit.max !== undefined && (written.limit === undefined || !hasMaximum(written.limit))) {
    known.set(formatPath(["providers", name, "limit", "max"]), fromPreset);
  }
  return {
    name,
    preset: written.preset,
    apiKeys: written.apiKeys ?? (written.apiKey === undefined ? [] : [written.apiKey]),
    ...(written.accounts === undefined ? {} : { accounts: definition.accounts.map(resolveAccount(definition)) }),
    ...(written.region === undefined ? {} : { region: written.region }),
    ...(written.prices === undefined ? {} : { prices: written.prices }),
    sameAccount: written.sameAccount ?? false,
    baseUrl: definition.baseUrl,
    models: definition.models,
    ...(definition.preset.inProcess ? resolveModel(written) : {}),
    degraded: definition.degraded,
    upstream: definition.upstream,
    headers: definition.headers,
    continuation: definition.continuation.mode,
    ...(definition.lacks.length === 0 ? {} : { lacks: definition.lacks }),
    ...(written.contextTokens === undefined ? {} : { contextTokens: written.contextTokens }),
    ...(written.warm === undefined ? {} : { warm: written.warm }),
    ...(definition.preset.wire === "kserve" ? { promptTemplate: definition.promptTemplate } : {}),
    definition,
    breaker: resolveBreaker(written.breaker),
    limit,
  };
}

/** What a model in this process is run as. */
function resolveModel(written: WrittenProvider): Pick<ResolvedProvider, "model" | "dtype" | "device" | "inProcess"> {
  const { model = "", dtype = "q4", device = "cpu", inProcess } = written;
  return { model, dtype, device, inProcess: withDefaults(IN_PROCESS_DEFAULTS, inProcess) };
}

function resolveAccount(definition: ProviderDefinition): (account: Account) => ResolvedAccount {
  return ({ apiKey, baseUrl = definition.baseUrl, weight = 1, region }) => ({
    ...(apiKey === undefined ? {} : { apiKey }),
    baseUrl,
    weight,
    ...(region === undefined ? {} : { region }),
  });
}

function resolveLimit(written: WrittenProvider["limit"], { preset }: ProviderDefinition): ResolvedLimit | "off" {
  if (written === "off") return "off";
  const max = written?.max ?? preset.limits.concurrency;
  return { concurrency: written?.concurrency ?? "auto", ...(max === undefined ? {} : { max }) };
}

function hasMaximum(written: NonNullable<WrittenProvider["limit"]>): boolean {
  return written !== "off" && written.max !== undefined;
}

function resolveBreaker(written: WrittenProvider["breaker"]): ResolvedBreaker | "off" {
  if (written === "off") return "off";
  const breaker = withDefaults(BREAKER_DEFAULTS, written);
  // Who opens it for longer than the default's longest time means at least that time.
  const maxOpen = written?.maxOpen ?? Math.max(breaker.maxOpen, breaker.open);
  return { ...breaker, maxOpen };
}
