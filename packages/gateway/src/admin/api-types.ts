/**
 * What the admin API answers, below `/admin/api`. Pure types: the dashboard imports them. Times are in ms, moments in
 * ms since the Unix epoch, sizes in bytes, money in US dollars, shares from 0 to 1. Nothing here holds a secret; prompts
 * are there only where `server.records.prompts` says so.
 *
 * One file a page of the dashboard; history, review and forecast, which other rooms make, are not among them here:
 * `history-types.ts`, `review-types.ts`, `forecast-types.ts`.
 *
 * Errors have the envelope of all others: `{ error: { message, code, type } }`. What needs a body takes JSON
 * (`content-type: application/json`). From another machine each request carries `Authorization: Bearer <adminKey>`.
 */
export type * from "./cache-types.ts";
export type * from "./jobs-types.ts";
export type * from "./live-types.ts";
export type * from "./overview-types.ts";
export type * from "./providers-types.ts";
export type * from "./requests-types.ts";
export type * from "./settings-types.ts";
export type * from "./status-types.ts";
export type * from "./tenants-types.ts";
