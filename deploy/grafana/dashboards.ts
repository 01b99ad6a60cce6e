import { type Dashboard, dashboard } from "./dashboard.ts";
import { OVERVIEW } from "./overview-panels.ts";
import { PROVIDERS } from "./provider-panels.ts";

/** All dashboards by the name of their file. */
export const DASHBOARDS: Readonly<Record<string, Dashboard>> = {
  "overview.json": dashboard("tideover-overview", "Tideover: overview", "route", OVERVIEW),
  "providers.json": dashboard("tideover-providers", "Tideover: providers", "provider", PROVIDERS),
};
