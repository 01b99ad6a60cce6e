import { expect, test } from "vitest";
import { tenantsRoom } from "./tenants-room.ts";

test("everything of a tenant is forgotten, page by page, and nothing of another", async () => {
  const jobs = Array.from({ length: 250 }, (_, index) => ({
    id: `job-${index}`,
    tenant: index % 2 === 0 ? "shop" : "other",
  }));
  const asked: string[] = [];
  const room = tenantsRoom({
    purge: async ({ tenant }) => {
      asked.push(`answers of ${tenant}`);
      return 7;
    },
    eraseReviews: async (tenant) => {
      asked.push(`reviews of ${tenant}`);
      return 3;
    },
    jobs: () => ({
      async list({ tenant, limit, after }) {
        const own = jobs.filter((job) => job.tenant === tenant);
        const from = after === undefined ? 0 : own.findIndex(({ id }) => id === after) + 1;
        const page = own.slice(from, from + limit);
        return { jobs: page as never[], hasMore: own.length > from + limit };
      },
      async forget(id, tenant) {
        const place = jobs.findIndex((job) => job.id === id && job.tenant === tenant);
        // One stays, whatever is done: the loop must end all the same.
        if (place === -1 || id === "job-4") return false;
        jobs.splice(place, 1);
        return true;
      },
    }),
  });
  const request = { method: "DELETE", rest: ["shop"], query: new URLSearchParams() };
  expect(await room.serve(request as never)).toEqual({ json: { jobs: 124, reviews: 3, answers: 7 } });
  expect(asked).toEqual(["reviews of shop", "answers of shop"]);
  expect(jobs.filter(({ tenant }) => tenant === "shop").map(({ id }) => id)).toEqual(["job-4"]);
  expect(jobs.filter(({ tenant }) => tenant === "other")).toHaveLength(125);
});
