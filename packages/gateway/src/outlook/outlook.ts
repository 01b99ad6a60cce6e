import { hash } from "node:crypto";
import type { ResolvedConfig } from "tideover/config";
import type { Clock, ReviewInbox } from "tideover/engine";
import { tenantsRoom } from "../admin/rooms/tenants-room.ts";
import { forecastRoom } from "../forecast/forecast-room.ts";
import type { Gateway } from "../gateway.ts";
import { type History, openHistory } from "../history/open-history.ts";
import type { Log } from "../logging/index.ts";
import { openReview, type Review } from "../review/open-review.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { StoreError } from "../stores/embedded/store-error.ts";

/** What operators look back on and decide about is kept with. */
export interface OutlookParts {
  readonly config: ResolvedConfig;
  /** Takes the data folder. @throws StoreError */
  dataDir(): DataDir;
  readonly clock: Clock;
  readonly log: Log;
}

/**
 * What a gateway keeps for its operators in the data folder: its history with the forecast that is made from it, and the
 * answers that wait for a person. No
 * request depends on it, so a folder that cannot be used costs these and nothing else.
 */
export class Outlook {
  readonly #parts: OutlookParts;
  readonly #review: Review | undefined;
  #history: History | undefined;

  constructor(parts: OutlookParts) {
    this.#parts = parts;
    this.#review = this.#open((dataDir) => {
      const sha256 = (data: string | Uint8Array) => hash("sha256", data, "hex");
      return openReview({ ...parts, dataDir, hash: sha256 });
    });
  }

  /** Where degraded answers wait for people. */
  get inbox(): ReviewInbox | undefined {
    return this.#review?.inbox;
  }

  /** Begins to record what a gateway does, and adds to its admin API. */
  start(gateway: Pick<Gateway, "sight" | "jobs" | "runtime" | "addAdminRoom">): void {
    const findReview = (name: string) => gateway.runtime.routes.find(({ route }) => route.name === name)?.review;
    if (this.#review !== undefined) gateway.addAdminRoom(this.#review.room({ findReview, jobs: gateway.jobs }));
    gateway.addAdminRoom(
      tenantsRoom({
        purge: async (selection) => (await gateway.runtime.caching?.answers.purge(selection)) ?? 0,
        eraseReviews: async (tenant) => (await this.#review?.erase(tenant)) ?? 0,
        jobs: () => gateway.jobs,
      }),
    );
    const snapshot = async () => (await gateway.sight.read()).totals;
    this.#history = this.#open((dataDir) => openHistory({ ...this.#parts, dataDir, snapshot }));
    if (this.#history === undefined) return;
    const { store, room } = this.#history;
    gateway.addAdminRoom(room);
    gateway.addAdminRoom(forecastRoom({ store, clock: this.#parts.clock, runtime: () => gateway.runtime }));
    this.#history.start();
  }

  /** Writes what waits. Never rejects. */
  async stop(): Promise<void> {
    await this.#history?.stop();
    await this.#review?.stop();
  }

  #open<Kept>(open: (dataDir: DataDir) => Kept): Kept | undefined {
    try {
      return open(this.#parts.dataDir());
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
      const why = `There is no history and no review inbox: ${error.message}`;
      this.#parts.log.warn({ event: "outlook-off" }, why);
      return undefined;
    }
  }
}
