import type { ResolvedRoute } from "../config/resolved-config.ts";
import { type Call, type FailoverTarget, type Failure, failure, type Refusal } from "../engine/index.ts";
import { lackOf, type ProviderDefinition, promptLength } from "../providers/index.ts";
import { type Features, fitsLongPrompts, needed } from "./features.ts";

/**
 * Whether a route gives a provider conversations that are too long for it in a shorter form. Only a degraded one gets
 * them: to a full provider the next with more room is to be preferred.
 */
export function fitsFor(route: ResolvedRoute, { degraded }: ProviderDefinition): boolean {
  return degraded && fitsLongPrompts(route);
}

/**
 * What is known against a provider before it is asked; nothing where nothing can be known. Of a conversation that is
 * estimated to be a little too long, it is only supposed: where no other could answer, the provider counts itself. Only
 * a context that the configuration states refuses: the catalogue's figures are those of the hosts, which say so themselves.
 */
export function refusalOf(
  route: ResolvedRoute,
  definition: ProviderDefinition,
  features: Features,
): Required<Pick<FailoverTarget, "refusal">> | Record<string, never> {
  const { lacks, contextTokens } = definition;
  if (lacks.length === 0 && contextTokens === undefined) return {};
  const fits = fitsFor(route, definition) ? needed(features, "longPrompts").canBeFitted : () => false;
  const summarises = route.longPrompt === "summarise";
  return {
    refusal({ request }: Call): Refusal | undefined {
      const lack = lackOf(definition, request.body);
      if (lack !== undefined) return { failure: lack, supposed: false };
      if (contextTokens === undefined) return undefined;
      const length = promptLength(request, contextTokens);
      if (length === "fits" || fits(request, contextTokens, summarises)) return undefined;
      return { failure: tooLong(definition.name, contextTokens), supposed: length === "perhaps-too-long" };
    },
  };
}

function tooLong(provider: string, contextTokens: number): Failure {
  const message = `The conversation is too long for ${provider}, which takes ${contextTokens} tokens with the answer.`;
  return failure("incompatible", "context-too-long", message, { provider });
}
