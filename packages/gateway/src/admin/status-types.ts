import type { LevelName } from "./overview-types.ts";

/** `GET /v1/status`: public, without a key and without secrets. */
export interface StatusAnswer {
  readonly object: "status";
  /** The worst of the routes'. */
  readonly level: LevelName;
  /** Since when, in seconds since the Unix epoch. */
  readonly since: number;
  readonly routes: readonly { readonly name: string; readonly level: LevelName; readonly since: number }[];
  /** When this was so, in seconds since the Unix epoch. */
  readonly at: number;
}
