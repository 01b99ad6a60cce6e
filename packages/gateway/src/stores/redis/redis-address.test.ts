import { describe, expect, it } from "vitest";
import { isRedisAddress, readRedisAddress } from "./redis-address.ts";

const plain = {
  cluster: false,
  tls: false,
  username: undefined,
  password: undefined,
  database: 0,
  prefix: "tideover:",
  servername: undefined,
};

describe("an address of Redis", () => {
  it.each([
    ["redis://127.0.0.1", { ...plain, nodes: [{ host: "127.0.0.1", port: 6379 }], shown: "redis://127.0.0.1:6379" }],
    [
      "rediss://shop:p%40ss%3A1@cache.example:7000/3?prefix=shop%3A&servername=tunnel",
      {
        nodes: [{ host: "cache.example", port: 7000 }],
        cluster: false,
        tls: true,
        username: "shop",
        password: "p@ss:1",
        database: 3,
        prefix: "shop:",
        servername: "tunnel",
        shown: "rediss://cache.example:7000",
      },
    ],
    [
      "redis+cluster://:secret@a:1,[::1]:2",
      {
        ...plain,
        cluster: true,
        password: "secret",
        nodes: [
          { host: "a", port: 1 },
          { host: "::1", port: 2 },
        ],
        shown: "redis+cluster://a:1,::1:2",
      },
    ],
  ])("%s", (text, address) => {
    expect(isRedisAddress(text)).toBe(true);
    expect(readRedisAddress(text)).toEqual(address);
  });

  it.each([
    ["redis:127.0.0.1", /is not an address of Redis; write redis:\/\/host:6379/],
    ["redis://", /is not an address/],
    ["redis://host:99999", /host or port that cannot be/],
    ["redis://a,b", /only a cluster has/],
    ["redis://host/zero", /database that is no number/],
    ["redis+cluster://host/1", /a cluster has only database 0/],
    ["redis://%zz:x@host", /percent-encoded/],
    ["redis://host?prefx=a", /an option "prefx"; there are prefix and servername/],
  ])("%s is refused", (text, problem) => {
    expect(readRedisAddress(text)).toEqual({ problem: expect.stringMatching(problem) });
  });

  it("is not repeated with its password when it is refused", () => {
    const refused = readRedisAddress("redis://user:hunter2@host:99999");
    expect(JSON.stringify(refused)).not.toContain("hunter2");
  });
});
