import type { CacheFigures } from "./overview-types.ts";

/** `GET /admin/api/cache` */
export interface CacheAnswer {
  /** Null where nothing is cached. */
  readonly cache: CacheFigures | null;
  /** Since the start. */
  readonly total: CacheFigures | null;
  readonly capacityBytes: number;
  /** The second level, without a password; null where memory is all there is. */
  readonly store: string | null;
  readonly routes: readonly {
    readonly route: string;
    readonly when: string;
    readonly freshMs: number;
    readonly staleMs: number;
  }[];
}

/** `DELETE /admin/api/cache?key=|route=|tag=|tenant=|model=` */
export interface PurgeAnswer {
  readonly purged: number;
}
