/** How often cohorts are drawn anew, in ms, so that nobody is always the first to be refused (WeChat's DAGOR: hourly). */
const COHORT_MS = 3_600_000;

/**
 * Where a session stands in line this hour, a number in [0, 1): all calls of one session share it, so that under
 * shedding a run of many steps is admitted or refused as a whole.
 * @param wallTimeMs time since the Unix epoch, so that several processes draw alike
 */
export function cohortOf(session: string, wallTimeMs: number): number {
  let hash = 0x811c9dc5 ^ Math.floor(wallTimeMs / COHORT_MS);
  for (let index = 0; index < session.length; index++) {
    hash = Math.imul(hash ^ session.charCodeAt(index), 0x01000193);
  }
  // FNV-1a leaves the high bits of similar short texts alike; MurmurHash3's finalizer (Appleby) spreads them.
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return ((hash ^ (hash >>> 16)) >>> 0) / 2 ** 32;
}
