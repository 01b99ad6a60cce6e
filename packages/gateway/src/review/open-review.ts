import type { Clock, Hash, ReviewInbox } from "tideover/engine";
import type { AdminRoom } from "../admin/admin-handler.ts";
import type { Log } from "../logging/index.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { isEmbedded, openSharedPostgres } from "../stores/shared-postgres.ts";
import { SHARED_CONNECTIONS } from "./defaults.ts";
import { ReviewDesk, type ReviewDeskParts } from "./review-desk.ts";
import { reviewRoom } from "./review-endpoints.ts";
import { GatheringInbox } from "./review-inbox.ts";
import { REVIEW_DATABASE } from "./review-schema.ts";
import type { ReviewStore } from "./review-store.ts";
import { SqliteReviewStore } from "./sqlite-review-store.ts";

/** What a review inbox is opened with. */
export interface OpenReviewParts {
  /** `stores.review`: `sqlite`, which is the default, or an address of PostgreSQL. */
  readonly address: string | undefined;
  /** Takes the data folder where the inbox lies in it. @throws StoreError */
  dataDir(): DataDir;
  readonly clock: Clock;
  readonly hash: Hash;
  readonly log: Log;
}

/** The review inbox of one gateway. */
export interface Review {
  readonly inbox: ReviewInbox;
  /** Its part of the admin API; asked for once. */
  room(deciding: Pick<ReviewDeskParts, "findReview" | "jobs">): AdminRoom;
  /** Forgets everything of a tenant. @returns how many entries there were */
  erase(tenant: string): Promise<number>;
  /** Writes what waits. Never rejects. */
  stop(): Promise<void>;
}

/**
 * Opens the review inbox of a data folder, or the one that several gateways share. A PostgreSQL that is away is no error:
 * it is connected to when it comes.
 * @throws StoreError for a data folder that cannot be used; StoreSettingsError for an address that cannot be
 */
export async function openReview(parts: OpenReviewParts): Promise<Review> {
  const { address, log } = parts;
  const store = isEmbedded(address)
    ? new SqliteReviewStore(parts.dataDir().database(REVIEW_DATABASE))
    : await openShared(address, log);
  const inbox = new GatheringInbox({ ...parts, store });
  let desk: ReviewDesk | undefined;
  return {
    inbox,
    room(deciding) {
      desk = new ReviewDesk({ ...parts, ...deciding, store, inbox });
      return reviewRoom({ store, inbox, desk });
    },
    async erase(tenant) {
      await inbox.flush();
      return store.erase(tenant);
    },
    async stop() {
      await desk?.stop();
      await inbox.stop();
      await store.close().catch((error: unknown) => {
        log.warn({ event: "review-not-closed", error }, "The connections of the review inbox could not be closed.");
      });
    },
  };
}

async function openShared(address: string, log: Log): Promise<ReviewStore> {
  // Loaded only where it is asked for.
  const { PostgresReviewStore, REVIEW_SCHEMA } = await import("./postgres-review-store.ts");
  const link = await openSharedPostgres({
    ...{ setting: "stores.review", address, schema: REVIEW_SCHEMA, connections: SHARED_CONNECTIONS, log },
    ...{ what: "review-store", meanwhile: "Answers for review wait in memory until it is back." },
  });
  return new PostgresReviewStore(link);
}
