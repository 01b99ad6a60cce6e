import type { CacheRecord, CacheTerms } from "../engine/index.ts";
import type { HttpRequest } from "./http.ts";

/** The most tags that a request may name, and the longest (UTF-16 units): they are stored with every copy. */
const MOST_TAGS = 16;
const TAG = /^[\x21-\x7e]{1,128}$/;

/**
 * What a request says about stored answers: the directives of `Cache-Control` (RFC 9111, section 5.2.1) and the names
 * of `Tideover-Cache-Tags`. Directives that are unknown or cannot be read count as absent, as that RFC wants.
 * @returns undefined when it says nothing
 */
export function cacheTerms(request: HttpRequest): CacheTerms | undefined {
  const header = request.header("cache-control");
  const tags = request.header("tideover-cache-tags");
  if (header === undefined && tags === undefined) return undefined;
  const directives = readDirectives(header ?? "");
  const maxAgeMs = seconds(directives.get("max-age"));
  return {
    // A copy of no age at all is a new answer.
    noCache: directives.has("no-cache") || maxAgeMs === 0,
    noStore: directives.has("no-store"),
    onlyIfCached: directives.has("only-if-cached"),
    maxAgeMs,
    maxStaleMs: directives.get("max-stale") === "" ? Number.POSITIVE_INFINITY : seconds(directives.get("max-stale")),
    tags: readTags(tags ?? ""),
  };
}

/** `Cache-Status` (RFC 9211): what the cache did with a request. */
export function cacheStatus({ hit, ttlSeconds, forward, stored, collapsed }: CacheRecord): string {
  const forwarded = forward === undefined ? "" : `; fwd=${forward}`;
  return [
    "tideover",
    hit ? "; hit" : forwarded,
    ttlSeconds === undefined ? "" : `; ttl=${ttlSeconds}`,
    stored === true ? "; stored" : "",
    collapsed === true ? "; collapsed" : "",
  ].join("");
}

/** Directives by lower-case name, with their argument or an empty text. Of one that comes twice the first counts. */
function readDirectives(header: string): ReadonlyMap<string, string> {
  const directives = new Map<string, string>();
  for (const part of header.split(",")) {
    const [, name, , quoted, bare] = /^\s*([\w-]+)\s*(=\s*(?:"([^"]*)"|([^\s"]*)))?\s*$/.exec(part) ?? [];
    const key = name?.toLowerCase();
    if (key !== undefined && !directives.has(key)) directives.set(key, quoted ?? bare ?? "");
  }
  return directives;
}

/** Whole seconds as ms; undefined for anything else. */
function seconds(argument: string | undefined): number | undefined {
  return argument !== undefined && /^\d{1,10}$/.test(argument) ? Number(argument) * 1_000 : undefined;
}

function readTags(header: string): string[] {
  const tags = header.split(",").map((tag) => tag.trim());
  return tags.filter((tag) => TAG.test(tag)).slice(0, MOST_TAGS);
}
