import { randomBytes } from "node:crypto";
import type { ResolvedConfig } from "tideover/config";
import type { Handler } from "tideover/front";
import { handlerTarget, type WarmTarget } from "./warm-target.ts";

type Keys = ResolvedConfig["server"]["keys"];

/** The tenants that a configuration's keys name; empty where everybody is anonymous. */
export function tenantsOf({ server }: Pick<ResolvedConfig, "server">): string[] {
  return [...new Set(server.keys.map(({ tenant }) => tenant))];
}

/**
 * Requests in this process on behalf of a tenant. Callers' keys may be known by their hashes only, and have rates and
 * budgets of their callers, so the process has a key of its own in place of them.
 * @param tenant one of {@link tenantsOf}; absent: the only one, where there is one
 * @param handlerFor makes the HTTP surface with other keys than the configuration's
 */
export function warmInProcess(
  config: Pick<ResolvedConfig, "server">,
  tenant: string | undefined,
  handlerFor: (keys: Keys) => Handler,
): WarmTarget {
  const owner = tenant ?? tenantsOf(config)[0];
  if (owner === undefined) return handlerTarget(handlerFor([]), undefined);
  const key = randomBytes(32).toString("hex");
  return handlerTarget(handlerFor([{ name: "warm", key, tenant: owner, maxPriority: 0 }]), key);
}
