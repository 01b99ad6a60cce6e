import {
  type AnswerStore,
  isSelected,
  type PurgeSelection,
  readStoredAnswer,
  requireSelection,
  type StoredAnswer,
} from "tideover/engine";
import { type AnswerFacts, isAnswerFacts } from "./answer-facts.ts";
import type { KvNamespace } from "./kv-namespace.ts";
import { parsedJson } from "./parsed-json.ts";

/** Before every key, so that a namespace may hold other things too. */
const PREFIX = "tideover:answer:";
/** The shortest life that KV gives an entry, in seconds. */
const LEAST_TTL_SECONDS = 60;
/** What KV takes beside a value, in bytes of JSON. */
const MOST_METADATA_BYTES = 1_024;
/** Entries that a purge removes at the same time: a Worker has six connections, and more would only wait. */
const PURGED_AT_ONCE = 6;

/**
 * Keeps answers in a Workers KV namespace, where every isolate in every place finds them: the cache's second level, and
 * what `stale` answers from after an isolate has gone.
 *
 * KV is eventually consistent: another place sees a new answer, and a purge, after up to a minute. A purge by anything
 * but the key lists the namespace's answers.
 * @param wallTime now, in ms since the Unix epoch; default: the platform's
 */
export function kvAnswerStore(namespace: KvNamespace, wallTime: () => number = Date.now): AnswerStore {
  return new KvAnswerStore(namespace, wallTime);
}

class KvAnswerStore implements AnswerStore {
  readonly #namespace: KvNamespace;
  readonly #wallTime: () => number;

  constructor(namespace: KvNamespace, wallTime: () => number) {
    this.#namespace = namespace;
    this.#wallTime = wallTime;
  }

  async get(key: string, _signal: AbortSignal): Promise<StoredAnswer | undefined> {
    const answer = await this.#read(PREFIX + key);
    return answer !== undefined && answer.staleUntil > this.#wallTime() ? answer : undefined;
  }

  async set(key: string, answer: StoredAnswer): Promise<void> {
    const leftSeconds = Math.ceil((answer.staleUntil - this.#wallTime()) / 1_000);
    const expirationTtl = Math.max(LEAST_TTL_SECONDS, leftSeconds);
    const metadata = metadataOf(answer);
    const options = { expirationTtl, ...(metadata === undefined ? {} : { metadata }) };
    await this.#namespace.put(PREFIX + key, JSON.stringify(answer), options);
  }

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    if (selection.key !== undefined) return this.#purgeOne(PREFIX + selection.key, selection);
    let purged = 0;
    let cursor: string | undefined;
    do {
      const page = await this.#namespace.list({ prefix: PREFIX, ...(cursor === undefined ? {} : { cursor }) });
      for (let from = 0; from < page.keys.length; from += PURGED_AT_ONCE) {
        const some = page.keys.slice(from, from + PURGED_AT_ONCE);
        const removed = await Promise.all(some.map((entry) => this.#purgeListed(entry, selection)));
        purged += removed.reduce((sum, count) => sum + count, 0);
      }
      cursor = page.list_complete ? undefined : page.cursor;
    } while (cursor !== undefined);
    return purged;
  }

  async #purgeListed(
    { name, metadata }: { readonly name: string; readonly metadata?: unknown },
    selection: PurgeSelection,
  ): Promise<number> {
    // What did not fit beside the value stands in it.
    if (!isAnswerFacts(metadata)) return this.#purgeOne(name, selection);
    if (!isSelected(name.slice(PREFIX.length), metadata, selection)) return 0;
    await this.#namespace.delete(name);
    return 1;
  }

  async #purgeOne(name: string, selection: PurgeSelection): Promise<number> {
    const answer = await this.#read(name);
    if (answer === undefined || !isSelected(name.slice(PREFIX.length), answer, selection)) return 0;
    await this.#namespace.delete(name);
    return 1;
  }

  async #read(name: string): Promise<StoredAnswer | undefined> {
    const text = await this.#namespace.get(name, "text");
    return text === null ? undefined : readStoredAnswer(parsedJson(text));
  }
}

/** What stands beside an answer, where it fits; undefined has a purge look inside. */
function metadataOf({ tenant, route, model, tags }: StoredAnswer): AnswerFacts | undefined {
  const metadata: AnswerFacts = { tenant, route, model, tags };
  const bytes = new TextEncoder().encode(JSON.stringify(metadata)).length;
  return bytes <= MOST_METADATA_BYTES ? metadata : undefined;
}
