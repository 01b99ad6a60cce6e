import { VERSION } from "tideover/providers";
import type { Runtime } from "tideover/runtime";
import { cacheFigures, requestFigures, spendFigures } from "../../metrics/figures.ts";
import { type AdminRoom, wrongMethod } from "../admin-handler.ts";
import { notFound } from "../admin-reply.ts";
import type { OverviewAnswer } from "../api-types.ts";
import { pictureOf } from "../picture.ts";
import type { Sight } from "../sight.ts";

/** What the overview is made from. */
export interface OverviewRoomParts {
  readonly sight: Sight;
  runtime(): Runtime;
  /** The gateway runs on simulated upstreams because it found no key. */
  readonly demo: boolean;
}

/** `GET /admin/api/overview`: are we answering, how, who is slow, what waits. */
export function overviewRoom({ sight, demo }: OverviewRoomParts): AdminRoom {
  return {
    path: "overview",
    async serve({ method, rest }) {
      if (rest.length > 0) return notFound("There is nothing below /admin/api/overview.");
      if (method !== "GET") return wrongMethod("overview", "GET");
      const { totals, minute, workers } = await sight.lately();
      const json: OverviewAnswer = {
        version: VERSION,
        startedAt: sight.startedAt,
        workers,
        demo,
        minute: pictureOf(minute, sight.levels.read(), sight.providers()),
        total: { requests: requestFigures(totals), spend: spendFigures(totals), cache: cacheFigures(totals) },
        ticks: sight.live.ticks,
      };
      return { json };
    },
  };
}
