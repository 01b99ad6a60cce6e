import type { Clock, IdSource } from "tideover/engine";
import type { Handler } from "tideover/front";
import type { Jobs } from "tideover/jobs";
import type { Runtime } from "tideover/runtime";
import type { Log } from "../logging/index.ts";
import { type AdminRoom, createAdminHandler, isAdminPath } from "./admin-handler.ts";
import { createMetricsHandler, isMetricsPath } from "./metrics-handler.ts";
import { cacheRoom } from "./rooms/cache-room.ts";
import { jobsRoom } from "./rooms/jobs-room.ts";
import { liveRoom } from "./rooms/live-room.ts";
import { overviewRoom } from "./rooms/overview-room.ts";
import { providersRoom } from "./rooms/providers-room.ts";
import { requestsRoom } from "./rooms/requests-room.ts";
import { type SettingsSource, settingsRoom } from "./rooms/settings-room.ts";
import type { Sight } from "./sight.ts";

/** What operators see and do, and with what. */
export interface AdminSurfaceParts {
  readonly sight: Sight;
  readonly clock: Clock;
  readonly ids: IdSource;
  readonly log: Log;
  runtime(): Runtime;
  jobs(): Jobs | undefined;
  /** Where the configuration came from; absent: settings are not shown. */
  readonly settings?: SettingsSource | undefined;
  /** The gateway runs on simulated upstreams because it found no key. */
  readonly demo: boolean;
  /** Parts of the admin API that are made elsewhere; more may come until the first request. */
  readonly rooms: readonly AdminRoom[];
}

/**
 * Puts the admin API and `/metrics` beside a handler, and counts the requests that it takes.
 * @param next what everybody else's requests go to; asked for with each, since a reload changes it
 */
export function withAdminSurface(parts: AdminSurfaceParts, next: Handler): Handler {
  const { sight, ids, log } = parts;
  const server = () => parts.runtime().config.server;
  const adminKey = () => server().adminKey;
  const own = ownRooms(parts);
  const admin = createAdminHandler({ adminKey, ids, log, rooms: () => [...own, ...parts.rooms] });
  const metrics = createMetricsHandler({ sight, ids, adminKey, open: () => server().openMetrics });
  const watched = sight.watch(next);
  return (request) => {
    if (isAdminPath(request.path)) return admin(request);
    return isMetricsPath(request.path) ? metrics(request) : watched(request);
  };
}

function ownRooms(parts: AdminSurfaceParts): readonly AdminRoom[] {
  const { sight, clock, log, runtime } = parts;
  return [
    overviewRoom({ sight, runtime, demo: parts.demo }),
    providersRoom({ sight, clock, runtime }),
    requestsRoom({ requests: sight.requests, runtime }),
    cacheRoom({
      sight,
      runtime,
      purge: async (selection) => (await runtime().caching?.answers.purge(selection)) ?? 0,
      purgeFailed: (error) => log.warn({ event: "purge-failed", error }, "A purge did not reach the cache's store."),
    }),
    jobsRoom({ jobs: parts.jobs, clock, showsAnswers: () => runtime().config.server.records.prompts }),
    settingsRoom(parts.settings),
    liveRoom(sight.live),
  ];
}
