import { budgetWarnings, checkBudgets } from "./budgets.ts";
import { checkChaos, resolveChaos } from "./chaos.ts";
import { WARM_DEFAULTS } from "./defaults.ts";
import type { Finding } from "./finding.ts";
import { loopholes } from "./forbidden-keys.ts";
import type { ConfigIssue } from "./issues.ts";
import { findSettingsNotYet } from "./not-yet.ts";
import { codeSource, type Origin, type Origins, type SourceMap, traceOrigins } from "./origins.ts";
import { checkProviders } from "./provider-checks.ts";
import { locate, readIssues, wordsFor } from "./read-issues.ts";
import { regionWarnings } from "./regions.ts";
import { resolveProviders } from "./resolve-providers.ts";
import { resolveRoutes } from "./resolve-routes.ts";
import { resolveServer } from "./resolve-server.ts";
import type { ResolvedConfig, ResolvedWarm } from "./resolved-config.ts";
import { configSchema, type WrittenConfig, type WrittenWarm } from "./schema/config-schema.ts";
import { checkRoutes, checkServer, checkWarm } from "./semantic-checks.ts";
import { withDefaults } from "./with-defaults.ts";

/** A configuration that can be used, with all that deserves to be known about it. */
export interface LoadedConfig {
  readonly config: ResolvedConfig;
  /** Where each effective value came from. */
  readonly origins: Origins;
  /** What was written and does nothing, or not what it seems. */
  readonly warnings: readonly ConfigIssue[];
}

/** A configuration that cannot be used, and everything that is wrong with it. */
export interface RefusedConfig {
  readonly issues: readonly ConfigIssue[];
}

/**
 * Reads what was written (a parsed file, or the object given to the SDK) into a configuration with every default
 * filled in. It is taken whole or refused whole; never throws.
 *
 * @param input the parsed document, not trusted
 * @param source where each value stands; by default everything was given by code
 * @param wallTimeMs now, in ms since the Unix epoch, for what is only valid for a time
 */
export function resolveConfig(
  input: unknown,
  source: SourceMap = codeSource(input),
  wallTimeMs: number = Date.now(),
): LoadedConfig | RefusedConfig {
  const place = ({ path, message, suggestion }: Finding) => locate({ path, message, suggestion, source });

  const hidden = loopholes(input);
  if (hidden.length > 0) return { issues: hidden.map(place) };

  const parsed = configSchema.safeParse(input, { error: wordsFor });
  if (!parsed.success) return { issues: inOrder(readIssues(parsed.error, configSchema, input, source)) };

  const written = parsed.data;
  const errors = [
    ...checkServer(written),
    ...checkProviders(written),
    ...checkRoutes(written),
    ...checkWarm(written),
    ...checkBudgets(written),
    ...checkChaos(written, wallTimeMs),
  ];
  if (errors.length > 0) return { issues: inOrder(errors.map(place)) };

  return assemble(written, input, source, wallTimeMs, place);
}

function assemble(
  written: WrittenConfig,
  input: unknown,
  source: SourceMap,
  wallTimeMs: number,
  place: (finding: Finding) => ConfigIssue,
): LoadedConfig {
  const known = new Map<string, Origin>();
  const warnings: Finding[] = [...findSettingsNotYet(input)];
  const { currencies = {} } = written;
  const server = resolveServer(written.server ?? {}, currencies);
  const scope = { source, known, warnings, keysFromCallers: server.passthroughKeys, currencies };
  const providers = resolveProviders(written.providers ?? {}, scope);
  const routes = resolveRoutes(written, scope);
  const chaos = resolveChaos(written.chaos, wallTimeMs, warnings);
  const config: ResolvedConfig = {
    server,
    providers,
    stores: withDefaults<ResolvedConfig["stores"]>({}, written.stores),
    routes,
    ...(written.warm === undefined ? {} : { warm: written.warm.map(resolveWarm) }),
    ...(chaos === undefined ? {} : { chaos }),
  };
  warnings.push(...budgetWarnings(config), ...regionWarnings(config));
  return {
    config,
    origins: traceOrigins(plainParts(config), input, source, known),
    warnings: inOrder(warnings.map(place)),
  };
}

function resolveWarm({ prompts, ...rest }: WrittenWarm): ResolvedWarm {
  return withDefaults<ResolvedWarm>({ prompts, ...WARM_DEFAULTS }, rest);
}

/** The configuration without the providers' definitions, which repeat it. */
function plainParts(config: ResolvedConfig): unknown {
  const plain = Object.entries(config.providers).map(([name, { definition: _, ...provider }]) => [name, provider]);
  return { ...config, providers: Object.fromEntries(plain) };
}

/** By line; what has none comes first. */
function inOrder(issues: readonly ConfigIssue[]): readonly ConfigIssue[] {
  return issues.toSorted((a, b) => (a.line ?? 0) - (b.line ?? 0));
}
