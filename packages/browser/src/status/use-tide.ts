import type { TideStore } from "./follow-tide.ts";
import { levelOf, type Tide, type TideLevel } from "./tide.ts";

/** React's hook of that name, or Preact's (`preact/compat`). */
export type UseSyncExternalStore = <Snapshot>(
  subscribe: (listener: () => void) => () => void,
  getSnapshot: () => Snapshot,
  getServerSnapshot?: () => Snapshot,
) => Snapshot;

/** What {@link createUseTide}'s hook gives. */
export interface TideNow {
  /** The level of the route that was asked for, or of all together. */
  readonly level: TideLevel;
  readonly tide: Tide;
}

/**
 * Makes the hook `useTide(route?)` for React or Preact, over the library's own `useSyncExternalStore`: the kit depends
 * on neither. A component is rendered anew when something changes.
 */
export function createUseTide(
  useSyncExternalStore: UseSyncExternalStore,
  store: TideStore,
): (route?: string) => TideNow {
  return (route) => {
    const tide = useSyncExternalStore(store.subscribe, store.get, store.get);
    return { level: levelOf(tide, route), tide };
  };
}
