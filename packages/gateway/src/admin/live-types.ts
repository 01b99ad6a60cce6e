import type { Picture } from "./overview-types.ts";
import type { ProviderEvent } from "./providers-types.ts";
import type { RequestSummary } from "./requests-types.ts";

/**
 * `GET /admin/api/live`: server-sent events. Each has the name of its type as `event:` and its JSON as `data:`. The
 * first one is a tick; then one comes each second. Comments (`: keep-alive`) are to be ignored.
 */
export type LiveEvent =
  | { readonly event: "tick"; readonly data: Picture }
  /** As it happens. */
  | { readonly event: "provider"; readonly data: ProviderEvent }
  /** Requests that ended since the tick before, the newest last; at most 20 of them. */
  | { readonly event: "requests"; readonly data: readonly RequestSummary[] };
