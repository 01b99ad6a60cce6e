import {
  type AnswerStore,
  isSelected,
  type PurgeSelection,
  readStoredAnswer,
  requireSelection,
  type StoredAnswer,
} from "tideover/engine";
import { type AnswerFacts, readFacts } from "./answer-facts.ts";
import { parsedJson } from "./parsed-json.ts";
import { RedisOverHttp, type RedisOverHttpOptions } from "./redis-over-http.ts";

/** Before every key, so that a database may hold other things too. */
const PREFIX = "tideover:edge:answer:";
/** Entries that a purge looks at in one step. */
const SCANNED_AT_ONCE = 100;

/**
 * Keeps answers in a Redis that is reached over HTTP (Upstash's form): the cache's second level for platforms without a
 * store of their own, seen by every isolate at once.
 * @param wallTime now, in ms since the Unix epoch; default: the platform's
 * @throws TypeError for an address that is none
 */
export function redisAnswerStore(options: RedisOverHttpOptions, wallTime: () => number = Date.now): AnswerStore {
  return new RedisAnswerStore(new RedisOverHttp(options), wallTime);
}

/** Each answer is a hash: its text, and beside it what a purge asks for. */
class RedisAnswerStore implements AnswerStore {
  readonly #redis: RedisOverHttp;
  readonly #wallTime: () => number;

  constructor(redis: RedisOverHttp, wallTime: () => number) {
    this.#redis = redis;
    this.#wallTime = wallTime;
  }

  async get(key: string, signal: AbortSignal): Promise<StoredAnswer | undefined> {
    const [text] = await this.#redis.pipeline([["HGET", PREFIX + key, "answer"]], signal);
    const answer = typeof text === "string" ? readStoredAnswer(parsedJson(text)) : undefined;
    return answer !== undefined && answer.staleUntil > this.#wallTime() ? answer : undefined;
  }

  async set(key: string, answer: StoredAnswer): Promise<void> {
    const { tenant, route, model, tags } = answer;
    const facts: AnswerFacts = { tenant, route, model, tags };
    await this.#redis.transaction([
      ["HSET", PREFIX + key, "answer", JSON.stringify(answer), "facts", JSON.stringify(facts)],
      ["PEXPIREAT", PREFIX + key, Math.ceil(answer.staleUntil)],
    ]);
  }

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    if (selection.key !== undefined) return this.#purgeOf([PREFIX + selection.key], selection);
    let purged = 0;
    let cursor = "0";
    do {
      const scan = ["SCAN", cursor, "MATCH", `${PREFIX}*`, "COUNT", SCANNED_AT_ONCE];
      const [page] = await this.#redis.pipeline([scan]);
      const [next, names] = readPage(page);
      purged += await this.#purgeOf(names, selection);
      cursor = next;
    } while (cursor !== "0");
    return purged;
  }

  async #purgeOf(names: readonly string[], selection: PurgeSelection): Promise<number> {
    if (names.length === 0) return 0;
    const facts = await this.#redis.pipeline(names.map((name) => ["HGET", name, "facts"]));
    const selected = names.filter((name, index) => {
      const about = readFacts(facts[index]);
      return about !== undefined && isSelected(name.slice(PREFIX.length), about, selection);
    });
    if (selected.length === 0) return 0;
    const [removed] = await this.#redis.pipeline([["DEL", ...selected]]);
    return Number(removed);
  }
}

function readPage(page: unknown): [cursor: string, names: readonly string[]] {
  if (!Array.isArray(page) || !Array.isArray(page[1])) throw new Error("Redis over HTTP gave no page for SCAN.");
  return [String(page[0]), page[1].map(String)];
}
