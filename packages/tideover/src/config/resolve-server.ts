import { KEY_MAX_PRIORITY, SERVER_DEFAULTS } from "./defaults.ts";
import type { ResolvedServer } from "./resolved-config.ts";
import type { WrittenServer } from "./schema/config-schema.ts";
import { withDefaults } from "./with-defaults.ts";

/** The `server` section with every default filled in. */
export function resolveServer(written: WrittenServer): ResolvedServer {
  const { keys, adminKey, limits, keepAlive, provenance, ca, ...plain } = written;
  return {
    ...withDefaults(SERVER_DEFAULTS, plain),
    keys: (keys ?? []).map(({ name, key, tenant, maxPriority, rate }) => ({
      name,
      key,
      tenant: tenant ?? name,
      maxPriority: maxPriority ?? KEY_MAX_PRIORITY,
      ...(rate === undefined ? {} : { rate: withDefaults({}, rate) }),
    })),
    limits: withDefaults(SERVER_DEFAULTS.limits, limits),
    keepAlive: withDefaults(SERVER_DEFAULTS.keepAlive, keepAlive),
    provenance: withDefaults(SERVER_DEFAULTS.provenance, provenance),
    ca: ca === undefined ? SERVER_DEFAULTS.ca : [ca].flat(),
    ...(adminKey === undefined ? {} : { adminKey }),
  };
}
