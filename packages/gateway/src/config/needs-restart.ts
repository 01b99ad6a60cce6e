import { isDeepStrictEqual } from "node:util";
import type { ResolvedConfig } from "tideover/config";

/**
 * What is bound when the process starts and cannot change under it: the listening socket and its limits, the stores,
 * and how providers are reached.
 */
const BOUND_AT_START: readonly { readonly setting: string; readonly read: (config: ResolvedConfig) => unknown }[] = [
  { setting: "server.host", read: ({ server }) => server.host },
  { setting: "server.port", read: ({ server }) => server.port },
  { setting: "server.dataDir", read: ({ server }) => server.dataDir },
  { setting: "server.limits", read: ({ server }) => server.limits },
  { setting: "server.workers", read: ({ server }) => server.workers },
  { setting: "server.proxy", read: ({ server }) => server.proxy },
  { setting: "server.ca", read: ({ server }) => server.ca },
  { setting: "stores", read: ({ stores }) => stores },
];

/**
 * The settings that differ and take effect only after a restart, by name: `server.port`.
 * @param old of the process as it started
 */
export function needsRestart(old: ResolvedConfig, changed: ResolvedConfig): string[] {
  return BOUND_AT_START.filter(({ read }) => !isDeepStrictEqual(read(old), read(changed))).map(
    ({ setting }) => setting,
  );
}
