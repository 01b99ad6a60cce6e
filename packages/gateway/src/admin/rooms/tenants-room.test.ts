import { expect, test } from "vitest";
import { type TenantsRoomParts, tenantsRoom } from "./tenants-room.ts";

function roomWith(asked: string[], change: Partial<TenantsRoomParts> = {}) {
  const noting =
    <Answer>(what: string, answer: Answer) =>
    async (tenant: string) => {
      asked.push(`${what} of ${tenant}`);
      return answer;
    };
  return tenantsRoom({
    purge: ({ tenant = "" }) => noting("answers", 7)(tenant),
    eraseReviews: noting("reviews", 3),
    jobs: () => ({ forgetTenant: noting("jobs", 124) }),
    batches: () => ({ erase: noting("batches", { batches: 1, files: 2 }) }),
    requests: {
      forgetTenant(tenant) {
        asked.push(`requests of ${tenant}`);
        return 5;
      },
    },
    keptByEach: [],
    async scrub() {
      asked.push("scrubbed");
    },
    ...change,
  });
}

const ask = (rest: readonly string[], method = "DELETE") =>
  ({ method, rest, query: new URLSearchParams() }) as unknown as Parameters<ReturnType<typeof tenantsRoom>["serve"]>[0];

test("everything of a tenant is forgotten, what makes others first, and its bytes last", async () => {
  const asked: string[] = [];
  const json = { batches: 1, files: 2, jobs: 124, reviews: 3, answers: 7, requests: 5 };
  expect(await roomWith(asked).serve(ask(["shop"]))).toEqual({ json });
  expect(asked).toEqual([
    ...["batches of shop", "jobs of shop", "reviews of shop", "answers of shop", "requests of shop", "scrubbed"],
  ]);
});

test("what other gateways keep by themselves is named", async () => {
  const room = roomWith([], { keptByEach: ["files"] });
  expect(await room.serve(ask(["shop"]))).toMatchObject({ json: { files: 2, notReachedElsewhere: ["files"] } });
});

test("where something cannot be forgotten now, that is said", async () => {
  const room = roomWith([], { jobs: () => ({ forgetTenant: () => Promise.reject(new Error("The disk is full.")) }) });
  expect(await room.serve(ask(["shop"]))).toMatchObject({
    code: "load_shed",
    message: expect.stringContaining("The disk is full. Ask again."),
  });
});

test("a tenant must be named, and the method fit", async () => {
  const asked: string[] = [];
  for (const rest of [[], [""], ["shop", "x"]]) expect(await roomWith(asked).serve(ask(rest))).toHaveProperty("code");
  expect(await roomWith(asked).serve(ask(["shop"], "GET"))).toMatchObject({ status: 405 });
  expect(asked).toEqual([]);
});
