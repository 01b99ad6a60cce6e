import type { JobStore } from "../job-store.ts";
import type { ConformanceCase } from "./conformance.ts";
import { ENDINGS } from "./job-store-endings.ts";
import { LEASES } from "./job-store-leases.ts";
import { LISTS } from "./job-store-lists.ts";

/** What every job store does; each case needs an empty store. */
export const JOB_STORE_SUITE: readonly ConformanceCase<JobStore>[] = [...LEASES, ...ENDINGS, ...LISTS];
