/** The shapes of the admin API, as the gateway defines them; types alone, so nothing of the gateway is built in. */
export type * from "../../../gateway/src/admin/api-types.ts";
export type * from "../../../gateway/src/admin/forecast-types.ts";
export type * from "../../../gateway/src/admin/history-types.ts";
export type * from "../../../gateway/src/admin/review-types.ts";
