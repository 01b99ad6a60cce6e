import type { PurgeSelection } from "tideover/engine";
import { callerError } from "tideover/front";
import type { Jobs } from "tideover/jobs";
import type { Batches } from "../../batches/open-batches.ts";
import { type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { notFound } from "../admin-reply.ts";
import type { KeptOfTenant, TenantErasure } from "../api-types.ts";
import type { RecentRequests } from "../recent-requests.ts";

/** Where something of a tenant is kept. */
export interface TenantsRoomParts {
  /** Removes stored answers of both levels. @returns how many */
  purge(selection: PurgeSelection): Promise<number>;
  /** Removes entries of the review inbox. @returns how many */
  eraseReviews(tenant: string): Promise<number>;
  /** Undefined where no jobs are kept. */
  jobs(): Pick<Jobs, "forgetTenant"> | undefined;
  /** Undefined where no files and batches are kept. */
  batches(): Pick<Batches, "erase"> | undefined;
  readonly requests: Pick<RecentRequests, "forgetTenant">;
  /** What other gateways that share a store keep of their own. */
  readonly keptByEach: readonly KeptOfTenant[];
  /** Removes the bytes of what was deleted from the data folder. */
  scrub(): Promise<void>;
}

/**
 * `DELETE /admin/api/tenants/{tenant}` forgets what is kept of a tenant: batches and files, jobs with their requests and
 * answers, answers under idempotency keys and kept responses (what is under way is cancelled), entries of the review
 * inbox with their trail, stored answers, recent requests. The databases of the data folder are then written anew, so
 * that no byte of it is left in them. The history tells no tenants apart.
 */
export function tenantsRoom(parts: TenantsRoomParts): AdminRoom {
  return {
    path: "tenants",
    async serve({ method, rest }) {
      const [tenant, ...more] = rest;
      if (tenant === undefined || tenant === "" || more.length > 0) {
        return notFound("Say which tenant: /admin/api/tenants/{tenant}.");
      }
      if (method !== "DELETE") return wrongMethod(`tenants/${tenant}`, "DELETE");
      try {
        return { json: await erase(tenant, parts) };
      } catch (error) {
        const why = error instanceof Error ? error.message : String(error);
        const message = `Not everything of ${tenant} could be forgotten: ${why} Ask again.`;
        return callerError("load_shed", message, { retryAfterMs: 1_000 });
      }
    },
  };
}

/** What makes others goes first: a batch makes jobs and files, a job stores its answer. */
async function erase(tenant: string, parts: TenantsRoomParts): Promise<TenantErasure> {
  const { batches, files } = (await parts.batches()?.erase(tenant)) ?? { batches: 0, files: 0 };
  const jobs = (await parts.jobs()?.forgetTenant(tenant)) ?? 0;
  const reviews = await parts.eraseReviews(tenant);
  const answers = await parts.purge({ tenant });
  const requests = parts.requests.forgetTenant(tenant);
  await parts.scrub();
  const erased = { batches, files, jobs, reviews, answers, requests };
  return parts.keptByEach.length === 0 ? erased : { ...erased, notReachedElsewhere: parts.keptByEach };
}
