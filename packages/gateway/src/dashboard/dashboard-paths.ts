import { fileURLToPath } from "node:url";

/** Where the dashboard is reached. */
export const DASHBOARD_PATH = "/dashboard";

/** The folder of the built files, the same from the sources, the build and the bundle: all lie two folders below the package. */
export const BUILT_FOLDER: string = fileURLToPath(new URL("../../dist-dashboard", import.meta.url));

/** The dashboard's sources, which only a source checkout has. */
export const SOURCE_FOLDER: string = fileURLToPath(new URL("../../../dashboard", import.meta.url));

/** Whether a request is for the dashboard. */
export function isDashboardPath(path: string): boolean {
  return path.startsWith(DASHBOARD_PATH) && /^\/dashboard(?:[/?]|$)/.test(path);
}
