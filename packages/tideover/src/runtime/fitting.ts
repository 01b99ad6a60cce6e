import type { ResolvedRoute } from "../config/resolved-config.ts";
import { type Adapter, type Call, type FailoverTarget, type Failure, failure } from "../engine/index.ts";
import {
  canFit,
  contextTokensFor,
  isTooLongFor,
  lackOf,
  type ProviderDefinition,
  shortening,
} from "../providers/index.ts";
import type { ProviderState } from "./provider-state.ts";

/**
 * Whether a route gives a provider conversations that are too long for it without their oldest turns. Only a degraded one
 * gets them: to a full provider the next with more room is to be preferred.
 */
export function shortensFor({ longPrompt }: ResolvedRoute, { degraded }: ProviderDefinition): boolean {
  return longPrompt === "shorten" && degraded;
}

/** What is known against a provider before it is asked; nothing where nothing can be known. */
export function refusalOf(
  route: ResolvedRoute,
  definition: ProviderDefinition,
): Required<Pick<FailoverTarget, "refusal">> | Record<string, never> {
  const { lacks, contextTokens } = definition;
  if (lacks.length === 0 && contextTokens === undefined) return {};
  const fits = shortensFor(route, definition) ? canFit : undefined;
  return {
    refusal({ request }: Call): Failure | undefined {
      const lack = lackOf(definition, request.body);
      if (lack !== undefined || contextTokens === undefined || !isTooLongFor(request, contextTokens)) return lack;
      return fits?.(request, contextTokens) === true ? undefined : tooLong(definition.name, contextTokens);
    },
  };
}

function tooLong(provider: string, contextTokens: number): Failure {
  const message = `The conversation is too long for ${provider}, which takes ${contextTokens} tokens with the answer.`;
  return failure("incompatible", "context-too-long", message, { provider });
}

/** An adapter that shortens what does not fit, where it is known how much does. */
export function shortened(adapter: Adapter, { definition, inProcessTokens }: ProviderState): Adapter {
  return async (call, scope) => {
    const contextTokens = inProcessTokens ?? contextTokensFor(definition, call.request.model);
    return contextTokens === undefined ? adapter(call, scope) : shortening(adapter, contextTokens)(call, scope);
  };
}
