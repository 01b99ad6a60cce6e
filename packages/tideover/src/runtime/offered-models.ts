import { matchesModel } from "../config/model-glob.ts";
import type { ResolvedRoute } from "../config/resolved-config.ts";
import type { ProviderState } from "./provider-state.ts";

/** A model that callers may name, and whose it is. */
export interface RouteModel {
  readonly id: string;
  readonly ownedBy: string;
}

/**
 * The models that a route offers by name: its own model where that is no glob, and whatever its providers are known
 * to have that the glob takes.
 */
export function offeredModels(route: ResolvedRoute, providers: ReadonlyMap<string, ProviderState>): RouteModel[] {
  const offered = new Map<string, RouteModel>();
  const offer = (id: string, ownedBy: string) => {
    if (!offered.has(id) && matchesModel(route.model, id)) offered.set(id, { id, ownedBy });
  };
  for (const rung of route.ladder) {
    if (rung.kind !== "provider") continue;
    const definition = providers.get(rung.provider)?.definition;
    if (definition === undefined) continue;
    for (const name of Object.keys(definition.models)) if (name !== "*") offer(name, rung.provider);
    if (definition.ownBaseUrl && !definition.preset.betaPath) continue;
    for (const { id, aliases = [] } of definition.preset.models) {
      for (const name of [id, ...aliases]) offer(name, definition.preset.preset);
    }
  }
  if (!/[*?]/.test(route.model)) offer(route.model, "tideover");
  return [...offered.values()];
}
