import type { ResolvedProvider } from "../config/resolved-config.ts";
import { createLimitState, type EngineEnvironment, type LimitState } from "../engine/index.ts";
import { LIMIT_START } from "../engine/layers/limit/defaults.ts";
import { PerModel } from "./per-model.ts";

/** Share of a published limit at which a learned one begins, so that a busy gateway can restart without a queue. */
const START_SHARE = 0.25;

/**
 * The concurrency limits of one provider, one per account and upstream model; undefined where calls are not limited.
 * @param partOf the part of a known limit that this process begins with, where several share it
 */
export function limitsOf(
  { name: provider, limit }: ResolvedProvider,
  environment: EngineEnvironment,
  partOf?: (total: number) => number,
): PerModel<LimitState> | undefined {
  if (limit === "off") return undefined;
  const { concurrency, max: maximum } = limit;
  const start = maximum === undefined ? LIMIT_START : Math.max(LIMIT_START, Math.ceil(START_SHARE * maximum));
  const onEvent = environment.emit;
  const total = totalLimit(limit);
  const bound = total === undefined ? undefined : partOf?.(total);
  return new PerModel((account, model) =>
    createLimitState({ provider, account, model, concurrency, maximum, start, bound, onEvent }, environment),
  );
}

/** The calls at once that a provider is known to bear, whether set or published; undefined where it is only learned. */
export function totalLimit(limit: ResolvedProvider["limit"]): number | undefined {
  if (limit === "off") return undefined;
  return limit.concurrency === "auto" ? limit.max : limit.concurrency;
}
