import { hash } from "node:crypto";
import type { ResolvedConfig } from "tideover/config";
import type { Clock, ReviewInbox } from "tideover/engine";
import type { SettingsSource } from "../admin/rooms/settings-room.ts";
import { tenantsRoom } from "../admin/rooms/tenants-room.ts";
import { ChangeDesk } from "../forecast/apply/change-desk.ts";
import { CHANGES_DATABASE, ChangeTrail } from "../forecast/apply/change-trail.ts";
import { forecastRoom } from "../forecast/forecast-room.ts";
import type { Gateway } from "../gateway.ts";
import { type History, openHistory } from "../history/open-history.ts";
import type { Log } from "../logging/index.ts";
import { openReview, type Review } from "../review/open-review.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { StoreError } from "../stores/embedded/store-error.ts";
import { keptByEach } from "./kept-by-each.ts";

/** What operators look back on and decide about is kept with. */
export interface OutlookParts {
  readonly config: ResolvedConfig;
  /** Takes the data folder. @throws StoreError */
  dataDir(): DataDir;
  readonly clock: Clock;
  readonly log: Log;
  /** Where the configuration came from; absent: recommendations are shown and not applied. */
  readonly settings?: SettingsSource | undefined;
}

/**
 * What a gateway keeps for its operators: its history with the forecast that is made from it, in the data folder or in a
 * PostgreSQL that several gateways share, and the answers that wait for a person, in the data folder. No request depends
 * on it, so a folder that cannot be used costs these and nothing else.
 */
export class Outlook {
  readonly #parts: OutlookParts;
  readonly #review: Review | undefined;
  #history: History | undefined;

  private constructor(parts: OutlookParts, review: Review | undefined) {
    this.#parts = parts;
    this.#review = review;
  }

  /** Opens what must be there before the gateway is: its review inbox. @throws StoreSettingsError for a `stores.review` that cannot be */
  static async open(parts: OutlookParts): Promise<Outlook> {
    const sha256 = (data: string | Uint8Array) => hash("sha256", data, "hex");
    const address = parts.config.stores.review;
    const review = await openReview({ ...parts, address, hash: sha256 }).catch((error) =>
      unusable(error, parts.log, "There is no review inbox"),
    );
    return new Outlook(parts, review);
  }

  /** Where degraded answers wait for people. */
  get inbox(): ReviewInbox | undefined {
    return this.#review?.inbox;
  }

  /**
   * Begins to record what a gateway does, and adds to its admin API.
   * @throws StoreSettingsError for a `stores.history` that cannot be
   */
  async start(gateway: Pick<Gateway, "sight" | "jobs" | "batches" | "runtime" | "addAdminRoom">): Promise<void> {
    const findReview = (name: string) => gateway.runtime.routes.find(({ route }) => route.name === name)?.review;
    if (this.#review !== undefined) gateway.addAdminRoom(this.#review.room({ findReview, jobs: gateway.jobs }));
    gateway.addAdminRoom(
      tenantsRoom({
        purge: async (selection) => (await gateway.runtime.caching?.answers.purge(selection)) ?? 0,
        eraseReviews: async (tenant) => (await this.#review?.erase(tenant)) ?? 0,
        jobs: () => gateway.jobs,
        batches: () => gateway.batches,
        requests: gateway.sight.requests,
        keptByEach: keptByEach(this.#parts.config.stores),
        scrub: () => this.#parts.dataDir().scrub(),
      }),
    );
    const snapshot = async () => (await gateway.sight.read()).totals;
    const address = this.#parts.config.stores.history;
    this.#history = await openHistory({ ...this.#parts, address, snapshot }).catch((error) =>
      unusable(error, this.#parts.log, "There is no history and no forecast"),
    );
    if (this.#history === undefined) return;
    const { store, room } = this.#history;
    gateway.addAdminRoom(room);
    const { clock } = this.#parts;
    gateway.addAdminRoom(forecastRoom({ store, clock, runtime: () => gateway.runtime, desk: this.#changeDesk() }));
    this.#history.start();
  }

  /** Writes what waits. Never rejects. */
  async stop(): Promise<void> {
    await this.#history?.stop();
    await this.#review?.stop();
  }

  #changeDesk(): ChangeDesk | undefined {
    const { settings } = this.#parts;
    if (settings === undefined) return undefined;
    return new ChangeDesk({ ...this.#parts, settings, trail: this.#trail() });
  }

  #trail(): ChangeTrail | undefined {
    try {
      return new ChangeTrail(this.#parts.dataDir().database(CHANGES_DATABASE));
    } catch (error) {
      return unusable(error, this.#parts.log, "Changes of settings are noted in this log alone");
    }
  }
}

/** A data folder that cannot be used is told of; anything else is thrown. */
function unusable(error: unknown, log: Log, consequence: string): undefined {
  if (!(error instanceof StoreError)) throw error;
  log.warn({ event: "outlook-off" }, `${consequence}: ${error.message}`);
  return undefined;
}
