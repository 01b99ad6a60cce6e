import type { PurgeSelection } from "tideover/engine";
import { callerError } from "tideover/front";
import type { Jobs } from "tideover/jobs";
import { type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { notFound } from "../admin-reply.ts";

/** Where something of a tenant is kept. */
export interface TenantsRoomParts {
  /** Removes stored answers of both levels. @returns how many */
  purge(selection: PurgeSelection): Promise<number>;
  /** Removes entries of the review inbox. @returns how many */
  eraseReviews(tenant: string): Promise<number>;
  /** Absent where no jobs are kept. */
  jobs(): Pick<Jobs, "list" | "forget"> | undefined;
}

/** Jobs that are looked up at once. */
const JOBS_AT_ONCE = 100;

/**
 * `DELETE /admin/api/tenants/{tenant}` forgets what is kept of a tenant: stored answers, entries of the review inbox with
 * their trail, and jobs with their requests and answers (those under way are cancelled). The history tells no tenants
 * apart. Files and batches are deleted by their owner.
 */
export function tenantsRoom(parts: TenantsRoomParts): AdminRoom {
  return {
    path: "tenants",
    async serve({ method, rest }) {
      const [tenant, ...more] = rest;
      if (tenant === undefined || more.length > 0) return notFound("Say which tenant: /admin/api/tenants/{tenant}.");
      if (method !== "DELETE") return wrongMethod(`tenants/${tenant}`, "DELETE");
      try {
        // First the jobs: one under way would store its answer after the others are gone.
        const jobs = await forgetJobs(tenant, parts);
        const reviews = await parts.eraseReviews(tenant);
        return { json: { jobs, reviews, answers: await parts.purge({ tenant }) } };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const message = `Not everything of ${tenant} could be forgotten: ${why} Ask again.`;
        return callerError("load_shed", message, { retryAfterMs: 1_000 });
      }
    },
  };
}

async function forgetJobs(tenant: string, { jobs: find }: TenantsRoomParts): Promise<number> {
  const jobs = find();
  if (jobs === undefined) return 0;
  let forgotten = 0;
  let after: string | undefined;
  for (;;) {
    const page = await jobs.list({ tenant, limit: JOBS_AT_ONCE, ...(after === undefined ? {} : { after }) });
    // The place to go on from is found before its job is gone.
    const kept: string[] = [];
    for (const { id } of page.jobs) {
      if (await jobs.forget(id, tenant)) forgotten++;
      else kept.push(id);
    }
    after = kept.at(-1) ?? after;
    if (!page.hasMore) return forgotten;
  }
}
