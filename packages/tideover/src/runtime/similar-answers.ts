import type { ResolvedRoute, ResolvedRung } from "../config/resolved-config.ts";
import { type Service, SimilarQuestions, type SimilarRung, similar } from "../engine/index.ts";
import type { RouteCachingParts } from "./caching.ts";

/** Answers to questions that mean nearly the same. */
export const similarAnswers = { questions: () => new SimilarQuestions(), rungOf: similarRung };

/**
 * The rung that gives the answer to a similar question, and what it must be told; undefined where nothing is stored.
 * @param embedder the service of the provider that makes embeddings
 */
function similarRung(
  { provider, model, threshold }: Extract<ResolvedRung, { kind: "similar" }>,
  route: ResolvedRoute,
  embedder: Service,
  { environment, caching }: RouteCachingParts,
): SimilarRung | undefined {
  if (caching?.questions === undefined) return undefined;
  const { answers, questions, hash } = caching;
  const options = { cache: answers, questions, hash, route: route.name, embedder, provider, model, threshold };
  return similar({ ...options, paceMs: route.cache.pace }, environment);
}
