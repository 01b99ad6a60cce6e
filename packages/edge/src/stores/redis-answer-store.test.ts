import { ANSWER_STORE_CONFORMANCE, storedAnswer } from "tideover/testing";
import { describe, expect, test } from "vitest";
import { redisAnswerStore } from "./redis-answer-store.ts";

const NOW = 1_800_000_000_000;
const TOKEN = "token-of-the-database";
const signal = new AbortController().signal;

/** The few commands of Redis that the store sends, over HTTP as Upstash has it. */
class HttpRedis {
  readonly hashes = new Map<string, Map<string, string>>();
  readonly expiries = new Map<string, number>();
  readonly paths: string[] = [];

  readonly fetch = async (input: string, { headers, body }: RequestInit): Promise<Response> => {
    const { pathname } = new URL(input);
    this.paths.push(pathname);
    if (new Headers(headers).get("authorization") !== `Bearer ${TOKEN}`) {
      return Response.json({ error: "WRONGPASS invalid or missing auth token" }, { status: 401 });
    }
    const commands = JSON.parse(String(body)) as string[][];
    return Response.json(commands.map((command) => this.#run(command)));
  };

  #run([name = "", key = "", ...rest]: string[]): object {
    switch (name) {
      case "HGET":
        return { result: this.hashes.get(key)?.get(rest[0] ?? "") ?? null };
      case "HSET": {
        const hash = this.hashes.get(key) ?? new Map<string, string>();
        for (let at = 0; at < rest.length; at += 2) hash.set(rest[at] ?? "", rest[at + 1] ?? "");
        this.hashes.set(key, hash);
        return { result: rest.length / 2 };
      }
      case "PEXPIREAT":
        this.expiries.set(key, Number(rest[0]));
        return { result: 1 };
      case "SCAN": {
        const prefix = String(rest[1]).replace(/\*$/, "");
        const names = [...this.hashes.keys()].filter((one) => one.startsWith(prefix) && one > key.slice(1)).sort();
        const page = names.slice(0, 100);
        return { result: [names.length > page.length ? `>${page.at(-1)}` : "0", page] };
      }
      case "DEL":
        return { result: [key, ...rest].filter((one) => this.hashes.delete(one)).length };
      default:
        return { error: `ERR unknown command '${name}'` };
    }
  }
}

const storeOver = (redis: HttpRedis, token = TOKEN) =>
  redisAnswerStore({ url: "https://name.redis.test/", token, fetch: redis.fetch }, () => NOW);

describe("answers in a Redis over HTTP", () => {
  test.each(ANSWER_STORE_CONFORMANCE)("$name", async ({ run }) => {
    await run({ store: storeOver(new HttpRedis()), now: () => NOW });
  });
});

test("an entry is written together with its end", async () => {
  const redis = new HttpRedis();
  await storeOver(redis).set("day", storedAnswer(NOW));
  expect(redis.paths).toEqual(["/multi-exec"]);
  expect([...redis.expiries.values()]).toEqual([NOW + 86_400_000]);
});

test("a refused token is an error that does not say it", async () => {
  const refused = await storeOver(new HttpRedis(), "another-token")
    .get("a", signal)
    .catch((error: unknown) => String(error));
  expect(refused).toMatch(/401.*WRONGPASS/);
  expect(refused).not.toContain("another-token");
});

test("an address that is none is refused at once", () => {
  expect(() => redisAnswerStore({ url: "redis://localhost", token: "a" })).toThrow(/begins with https/);
});
