import type { PurgeSelection } from "tideover/engine";
import { MOST_CACHE_TAG_BYTES } from "../defaults.ts";
import type { AnswerFacts } from "./answer-facts.ts";

/**
 * The tags of a cached answer, for a platform that removes cached responses by the header `Cache-Tag`, everywhere at once:
 * `tideover-tenant-shop`, `tideover-route-copy`, `tideover-model-deepseek-chat`, `tideover-tag-lamps`. Names are
 * percent-encoded: a tag holds neither spaces nor commas.
 * @throws RangeError for more than fit into the header: an answer that a purge would miss is better not kept
 */
export function cacheTagsOf({ tenant, route, model, tags }: AnswerFacts): readonly string[] {
  const all = [tagOf("tenant", tenant), tagOf("route", route), tagOf("model", model)];
  for (const tag of tags) all.push(tagOf("tag", tag));
  const bytes = all.join(",").length;
  if (bytes > MOST_CACHE_TAG_BYTES) {
    throw new RangeError(`An answer's tags take ${bytes} bytes, and a cache takes ${MOST_CACHE_TAG_BYTES} at most.`);
  }
  return all;
}

/** The tags of what a selection asks for; only what has all of them is meant. */
export function selectedTags(selection: PurgeSelection): readonly string[] {
  const members = ["tenant", "route", "model", "tag"] as const;
  return members.flatMap((member) => {
    const name = selection[member];
    return name === undefined ? [] : [tagOf(member, name)];
  });
}

const tagOf = (member: string, name: string): string => `tideover-${member}-${encodeURIComponent(name.toWellFormed())}`;
