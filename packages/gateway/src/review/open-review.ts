import type { Clock, Hash, ReviewInbox } from "tideover/engine";
import type { AdminRoom } from "../admin/admin-handler.ts";
import type { Log } from "../logging/index.ts";
import type { DataDir } from "../stores/embedded/index.ts";
import { ReviewDesk, type ReviewDeskParts } from "./review-desk.ts";
import { reviewRoom } from "./review-endpoints.ts";
import { GatheringInbox } from "./review-inbox.ts";
import { REVIEW_DATABASE } from "./review-schema.ts";
import { ReviewStore } from "./review-store.ts";

/** What a review inbox is opened with. */
export interface OpenReviewParts {
  readonly dataDir: DataDir;
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
 * Opens the review inbox of a data folder.
 * @throws StoreError for a data folder that cannot be used
 */
export function openReview(parts: OpenReviewParts): Review {
  const store = new ReviewStore(parts.dataDir.database(REVIEW_DATABASE));
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
      await inbox.flush();
    },
  };
}
