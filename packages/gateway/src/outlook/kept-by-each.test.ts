import { expect, test } from "vitest";
import { keptByEach } from "./kept-by-each.ts";

const POSTGRES = "postgres://localhost/tideover";

test.each([
  ["no store", {}, []],
  ["stores of its own", { cache: "memory", jobs: "sqlite", review: "sqlite" }, []],
  ["jobs", { jobs: POSTGRES }, ["batches", "files", "reviews", "answers", "requests"]],
  ["a queue", { queue: "amqp://localhost" }, ["batches", "files", "jobs", "reviews", "answers", "requests"]],
  [
    "all that can be",
    { cache: "redis://localhost", jobs: POSTGRES, history: POSTGRES, review: POSTGRES },
    ["batches", "files", "requests"],
  ],
])("of gateways that share %s, each keeps the rest by itself", (_what, stores, kept) => {
  expect(keptByEach(stores)).toEqual(kept);
});
