import {
  type AnswerStore,
  isSelected,
  type PurgeSelection,
  readStoredAnswer,
  requireSelection,
  type StoredAnswer,
} from "tideover/engine";
import { MOST_CACHED_BYTES } from "../defaults.ts";
import type { AnswerCache } from "./answer-cache.ts";
import { cacheTagsOf, selectedTags } from "./cache-tags.ts";
import { parsedJson } from "./parsed-json.ts";

/** Where a cache is, and under which addresses answers stand in it. */
export interface CacheAnswerStoreOptions {
  /**
   * The cache, asked for with each operation: `() => caches.open("tideover")`, or `() => caches.default`, which the
   * platform's own network shares.
   */
  readonly cache: () => AnswerCache | Promise<AnswerCache>;
  /** The Worker's own origin, such as `https://ask.example.com`: caches take addresses, and are quick with their own host's. */
  readonly origin: string;
  /**
   * Stands in every address. Another one puts every answer stored before out of reach, everywhere and at once: the one
   * purge of everything that a cache without a list can do. Default: "1".
   */
  readonly generation?: string | undefined;
}

/**
 * Keeps answers in the Cache API of a platform: the cache's second level where there is no store, at no cost, and outliving
 * the isolate. What it cannot do follows from the API: each data centre has its own and forgets what it likes; nothing can
 * be listed, so that {@link AnswerStore.purge} takes selections with a key only, and rejects others with a TypeError that
 * says what to do instead.
 * @param wallTime now, in ms since the Unix epoch; default: the platform's
 * @throws TypeError for an origin that is none
 */
export function cacheAnswerStore(options: CacheAnswerStoreOptions, wallTime: () => number = Date.now): AnswerStore {
  return new CacheAnswerStore(options, wallTime);
}

class CacheAnswerStore implements AnswerStore {
  readonly #cache: CacheAnswerStoreOptions["cache"];
  readonly #prefix: string;
  readonly #wallTime: () => number;

  constructor({ cache, origin, generation = "1" }: CacheAnswerStoreOptions, wallTime: () => number) {
    const url = URL.canParse(origin) ? new URL(origin) : undefined;
    if (url === undefined || !/^https?:$/.test(url.protocol)) {
      throw new TypeError(
        `The origin of a cache of answers is an address such as https://ask.example.com, not "${origin}".`,
      );
    }
    this.#cache = cache;
    this.#prefix = `${url.origin}/.tideover/answers/g-${encodeURIComponent(generation)}/`;
    this.#wallTime = wallTime;
  }

  async get(key: string, _signal: AbortSignal): Promise<StoredAnswer | undefined> {
    const answer = await this.#read(await this.#cache(), key);
    return answer !== undefined && answer.staleUntil > this.#wallTime() ? answer : undefined;
  }

  async set(key: string, answer: StoredAnswer): Promise<void> {
    const cache = await this.#cache();
    const leftSeconds = Math.ceil((answer.staleUntil - this.#wallTime()) / 1_000);
    if (leftSeconds <= 0) {
      // A response without a life is refused by some caches, and what stood there before is no longer the last one.
      await cache.delete(this.#urlOf(key));
      return;
    }
    const bytes = new TextEncoder().encode(JSON.stringify(answer));
    if (bytes.length > MOST_CACHED_BYTES) {
      throw new RangeError(
        `An answer of ${bytes.length} bytes is too long for the cache: ${MOST_CACHED_BYTES} at most.`,
      );
    }
    const headers = {
      "content-type": "application/json",
      // `private` and `no-store` would be refused; who may see it is decided by who can ask this isolate for the key.
      "cache-control": `public, max-age=${leftSeconds}`,
      "cache-tag": cacheTagsOf(answer).join(","),
    };
    await cache.put(this.#urlOf(key), new Response(bytes, { headers }));
  }

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    const { key } = selection;
    if (key === undefined) throw unlisted(selection);
    const cache = await this.#cache();
    const answer = await this.#read(cache, key);
    if (answer === undefined || !isSelected(key, answer, selection)) return 0;
    await cache.delete(this.#urlOf(key));
    return 1;
  }

  /** Keys are digests; a letter before them keeps any other short text from being read as a step up the path. */
  #urlOf(key: string): string {
    return `${this.#prefix}k-${encodeURIComponent(key)}`;
  }

  async #read(cache: AnswerCache, key: string): Promise<StoredAnswer | undefined> {
    const response = await cache.match(this.#urlOf(key));
    return response === undefined ? undefined : readStoredAnswer(parsedJson(await response.text()));
  }
}

function unlisted(selection: PurgeSelection): TypeError {
  const tags = selectedTags(selection).join(" and ");
  return new TypeError(
    "A cache cannot list what it holds, so a purge needs the key. To remove more: purge its cache tag at the platform " +
      `(${tags}), or give the store another generation.`,
  );
}
