import { describe, expect, test } from "vitest";
import { MOST_REDIS_PACE_MS, REDIS_PACE_MS } from "../defaults.ts";
import { redisFlightLedger } from "./redis-flight-ledger.ts";

/** A Redis whose scripts give what is said here, one after the other. */
function redisGiving(...results: readonly unknown[]) {
  const requests: { readonly at: number; readonly command: readonly unknown[] }[] = [];
  const ledger = redisFlightLedger({
    url: "https://redis.example.com/",
    token: "secret",
    async fetch(_input, init) {
      const [command] = JSON.parse(String(init?.body)) as unknown[][];
      const result = results[Math.min(requests.length, results.length - 1)];
      requests.push({ at: performance.now(), command: command ?? [] });
      return Response.json([{ result }]);
    },
  });
  return { ledger, requests };
}

const unending = new AbortController().signal;

describe("flights in a Redis over HTTP", () => {
  test("a leader's log is written in one request a pace, each with what came meanwhile", async () => {
    const { ledger, requests } = redisGiving(1);
    await ledger.append("key", 7, 0, ["a"]);
    await ledger.append("key", 7, 1, ["b", "c"]);
    const [first, second] = requests;
    // Timers are a millisecond early now and then.
    expect((second?.at ?? 0) - (first?.at ?? 0)).toBeGreaterThanOrEqual(REDIS_PACE_MS - 5);
    expect(second?.command.slice(2)).toEqual([
      2,
      "tideover:flight:{key}",
      "tideover:flight:{key}:log",
      7,
      1,
      "b",
      "c",
      "tideover:flight:key",
    ]);
  });

  test("one who leads no more is told at once", async () => {
    const { ledger } = redisGiving(0);
    const startedAt = performance.now();
    for (let turn = 0; turn < 100; turn++) expect(await ledger.append("key", 7, 0, ["a"])).toBe(false);
    // A hundred paces would be 25 s.
    expect(performance.now() - startedAt).toBeLessThan(10_000);
  });

  test("a follower who reads on looks once a pace, and no longer than it waits", async () => {
    const nothingNew = ["5", "60000", "1", "", []];
    const { ledger, requests } = redisGiving(nothingNew);
    const read = await ledger.read("key", 3, 4 * REDIS_PACE_MS, unending);
    expect(read).toMatchObject({ entries: [], led: true, flight: 5 });
    expect(requests.length).toBeGreaterThanOrEqual(2);
    expect(requests.length).toBeLessThanOrEqual(5);
  });

  test("who joins late is shown at once what there is", async () => {
    const { ledger, requests } = redisGiving(["5", "60000", "1", "", ["a", "b"]]);
    expect((await ledger.read("key", 0, 60_000, unending))?.entries).toEqual(["a", "b"]);
    expect(requests).toHaveLength(1);
  });

  test("a read that nobody waits for asks no more", async () => {
    const { ledger, requests } = redisGiving(["5", "60000", "1", "", []]);
    const leaving = new AbortController();
    const read = ledger.read("key", 3, 60_000, leaving.signal);
    leaving.abort();
    await read.catch(() => undefined);
    expect(requests.length).toBeLessThanOrEqual(1);
  });

  test("a Redis that refuses is a ledger that fails, and says why", async () => {
    const ledger = redisFlightLedger({
      url: "https://redis.example.com",
      token: "secret",
      fetch: async () => Response.json({ error: "WRONGPASS invalid password" }, { status: 401 }),
    });
    const refused = ledger.join("key", 1_000);
    await expect(refused).rejects.toThrow("Redis over HTTP answered 401: WRONGPASS invalid password");
    await expect(refused).rejects.not.toThrow("secret");
  });

  test("a pace that an append could not keep is refused", () => {
    const at = (paceMs: number) => () =>
      redisFlightLedger({ url: "https://redis.example.com", token: "secret", paceMs });
    expect(at(MOST_REDIS_PACE_MS)).not.toThrow();
    for (const paceMs of [MOST_REDIS_PACE_MS + 1, -1, Number.NaN]) expect(at(paceMs)).toThrow(`not ${paceMs}.`);
  });

  test("an address that is none is refused when the ledger is made", () => {
    expect(() => redisFlightLedger({ url: "redis://name.example.com", token: "secret" })).toThrow(
      "begins with https://",
    );
  });
});
