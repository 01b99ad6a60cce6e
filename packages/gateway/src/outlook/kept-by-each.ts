import type { ResolvedConfig } from "tideover/config";
import type { KeptOfTenant } from "../admin/api-types.ts";

/** An address of a server, which other gateways may use too; a name such as `sqlite` is this gateway's own folder. */
const SERVER = /:\/\//;

/**
 * What each of several gateways keeps of a tenant by itself, while they share a store: an erasure at one of them does not
 * reach it at the others.
 * @returns nothing where no store is shared: then there is nobody else, as far as the settings tell
 */
export function keptByEach(stores: ResolvedConfig["stores"]): readonly KeptOfTenant[] {
  const isShared = (address: string | undefined) => address !== undefined && SERVER.test(address);
  const { cache, jobs, queue, history, review } = stores;
  if (![cache, jobs, queue, history, review].some(isShared)) return [];
  const own: KeptOfTenant[] = ["batches", "files"];
  if (!isShared(jobs)) own.push("jobs");
  if (!isShared(review)) own.push("reviews");
  // Purges of a shared second level are told to whoever keeps copies in memory.
  if (!isShared(cache)) own.push("answers");
  return [...own, "requests"];
}
