import type { Redis } from "ioredis";
import {
  type AnswerStore,
  type FoundVector,
  isJsonObject,
  isSelected,
  type PurgeSelection,
  type QuestionVector,
  requireSelection,
  type StoredAnswer,
} from "tideover/engine";
import { decodeAnswer, encodeAnswer } from "../answers/encode-answer.ts";
import { decodeVector, encodeVector } from "../answers/encode-vector.ts";
import { MOST_VECTORS, SCAN_COUNT, SLOW_COMMAND_TIMEOUT_MS } from "./defaults.ts";
import type { RedisChannels } from "./redis-channels.ts";
import type { RedisClient, RedisLink } from "./redis-link.ts";
import { runScript, script } from "./run-script.ts";

/** Keeps an answer and what it can be purged by, with the time that is left to it: both or neither. */
const SET = script(`
redis.call('HSET', KEYS[1], 'about', ARGV[1], 'value', ARGV[2])
redis.call('PEXPIRE', KEYS[1], ARGV[3])
return 1
`);

/** Keeps the vector of a question beside its answer, in the same hash, where that is there. */
const SET_VECTOR = script(`
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
redis.call('HSET', KEYS[1], 'vector', ARGV[1], 'scope', ARGV[2])
return redis.call('PTTL', KEYS[1])
`);

/** Puts a key into the list of its scope, which holds the newest and lasts as long as the last of them. */
const LIST_VECTOR = script(`
redis.call('ZADD', KEYS[1], ARGV[1], ARGV[2])
redis.call('ZREMRANGEBYRANK', KEYS[1], 0, -1 - tonumber(ARGV[3]))
if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
return 1
`);

/** What an answer can be purged by: all of it but the answer. */
type About = Pick<StoredAnswer, "tenant" | "route" | "model" | "tags">;

/**
 * Answers in Redis, shared by all processes that use it: one hash each, which goes by itself when it is of no use any
 * more. How much memory they take is Redis's to bound (`maxmemory`, policy `volatile-lru` or `allkeys-lru`).
 */
export class RedisAnswerStore implements AnswerStore {
  readonly #link: RedisLink;
  readonly #channels: RedisChannels;
  readonly #wallTime: () => number;

  /** @param wallTime wall-clock time in ms */
  constructor(link: RedisLink, channels: RedisChannels, wallTime: () => number) {
    this.#link = link;
    this.#channels = channels;
    this.#wallTime = wallTime;
  }

  async get(key: string, _signal: AbortSignal): Promise<StoredAnswer | undefined> {
    const value = await this.#link.call((client) => client.hgetBuffer(this.#nameOf(key), "value"));
    const answer = value === null ? undefined : await decodeAnswer(value);
    // Redis counts from when it was stored; a clock that was set since may know better.
    return answer !== undefined && answer.staleUntil > this.#wallTime() ? answer : undefined;
  }

  async set(key: string, answer: StoredAnswer): Promise<void> {
    const leftMs = Math.ceil(answer.staleUntil - this.#wallTime());
    const { tenant, route, model, tags } = answer;
    const about: About = { tenant, route, model, tags };
    const value = Buffer.from(await encodeAnswer(answer));
    // A time that is over removes what was there.
    const args = [JSON.stringify(about), value, Math.max(0, leftMs)];
    await this.#link.call((client) => runScript(client, SET, [this.#nameOf(key)], args));
  }

  async setVector(key: string, { scope, storedAt, values }: QuestionVector): Promise<void> {
    const bytes = Buffer.from(encodeVector(values));
    const keep = (client: RedisClient) => runScript(client, SET_VECTOR, [this.#nameOf(key)], [bytes, scope]);
    const leftMs = Number(await this.#link.call(keep));
    if (leftMs <= 0) return;
    const args = [Math.floor(storedAt), key, MOST_VECTORS, leftMs];
    await this.#link.call((client) => runScript(client, LIST_VECTOR, [this.#scopeName(scope)], args));
  }

  async vectors(scope: string, sinceMs: number, most: number, _signal: AbortSignal): Promise<readonly FoundVector[]> {
    const listed = await this.#link.call((client) =>
      client.zrange(
        this.#scopeName(scope),
        "+inf",
        String(Math.floor(sinceMs)),
        "BYSCORE",
        "REV",
        "LIMIT",
        0,
        most,
        "WITHSCORES",
      ),
    );
    const keys = listed.filter((_, index) => index % 2 === 0);
    const fields = await this.#each(keys, (key, client) => client.hmgetBuffer(this.#nameOf(key), "vector", "scope"));
    return keys.flatMap((key, index) => {
      const [vector, of] = fields[index] ?? [];
      // The answer may be gone, and the key may have got another vector since.
      const values = vector && of?.toString() === scope ? decodeVector(vector) : undefined;
      return values === undefined ? [] : [{ key, storedAt: Number(listed[2 * index + 1]), values }];
    });
  }

  async purge(selection: PurgeSelection): Promise<number> {
    requireSelection(selection);
    const purged =
      selection.key === undefined
        ? await this.#purgeAll(selection)
        : await this.#purgeNames([this.#nameOf(selection.key)], selection);
    await this.#link.call((client) => client.publish(this.#channel, JSON.stringify(selection)));
    return purged;
  }

  onPurge(listener: (selection: PurgeSelection) => void): () => void {
    return this.#channels.listen(this.#channel, (message) => {
      const selection = readSelection(message);
      if (selection !== undefined) listener(selection);
    });
  }

  get #channel(): string {
    return `${this.#link.prefix}purges`;
  }

  #scopeName(scope: string): string {
    return `${this.#link.prefix}vectors:${scope}`;
  }

  #nameOf(key: string): string {
    return `${this.#link.prefix}answer:${key}`;
  }

  async #purgeAll(selection: PurgeSelection): Promise<number> {
    const pattern = `${this.#nameOf("").replace(/[\\*?[\]]/g, "\\$&")}*`;
    let purged = 0;
    for (const server of this.#link.servers()) {
      let cursor = "0";
      do {
        const step = () => server.scan(cursor, "MATCH", pattern, "COUNT", SCAN_COUNT);
        const [next, names] = await this.#link.call(step, SLOW_COMMAND_TIMEOUT_MS);
        purged += await this.#purgeNames(names, selection, server);
        cursor = next;
      } while (cursor !== "0");
    }
    return purged;
  }

  /** Removes those of these keys that the selection means; on one server, where it is known which. */
  async #purgeNames(names: readonly string[], selection: PurgeSelection, server?: Redis): Promise<number> {
    const prefixLength = this.#nameOf("").length;
    const abouts = await this.#each(names, (name, client) => (server ?? client).hget(name, "about"));
    const selected = names.filter((name, index) => {
      const about = readAbout(abouts[index]);
      return about !== undefined && isSelected(name.slice(prefixLength), about, selection);
    });
    const counts = await this.#each(selected, (name, client) => (server ?? client).unlink(name));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  /** One command for each name, all at once: they go out in one packet and count as one call. */
  #each<T>(
    names: readonly string[],
    command: (name: string, client: Parameters<Parameters<RedisLink["call"]>[0]>[0]) => Promise<T>,
  ): Promise<T[]> {
    if (names.length === 0) return Promise.resolve([]);
    const all = (client: Parameters<typeof command>[1]) => Promise.all(names.map((name) => command(name, client)));
    return this.#link.call(all, SLOW_COMMAND_TIMEOUT_MS);
  }
}

function readAbout(text: string | null | undefined): About | undefined {
  const value = parse(text);
  if (!isJsonObject(value)) return undefined;
  const { tenant, route, model, tags } = value;
  if (typeof tenant !== "string" || typeof route !== "string" || typeof model !== "string") return undefined;
  return { tenant, route, model, tags: Array.isArray(tags) ? tags.filter((tag) => typeof tag === "string") : [] };
}

function readSelection(text: string): PurgeSelection | undefined {
  const value = parse(text);
  if (!isJsonObject(value)) return undefined;
  const textOf = (name: string) => {
    const member = value[name];
    return typeof member === "string" ? member : undefined;
  };
  return {
    key: textOf("key"),
    tenant: textOf("tenant"),
    route: textOf("route"),
    model: textOf("model"),
    tag: textOf("tag"),
  };
}

function parse(text: string | null | undefined) {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    // Somebody else's, or another version's: not ours to read.
    return undefined;
  }
}
