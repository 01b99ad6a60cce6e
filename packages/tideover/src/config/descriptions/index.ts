import { OTHER_DESCRIPTIONS } from "./other-settings.ts";
import { PROVIDER_DESCRIPTIONS } from "./providers-settings.ts";
import { ROUTE_DESCRIPTIONS } from "./routes-settings.ts";
import { SERVER_DESCRIPTIONS } from "./server-settings.ts";

/**
 * What each setting is for, for editors: apart from the schema, since the SDK checks configurations in pages, where
 * nobody reads it. A test holds that every setting has its description.
 */
export const SETTING_DESCRIPTIONS: Readonly<Record<string, string>> = {
  ...OTHER_DESCRIPTIONS,
  ...SERVER_DESCRIPTIONS,
  ...PROVIDER_DESCRIPTIONS,
  ...ROUTE_DESCRIPTIONS,
};
