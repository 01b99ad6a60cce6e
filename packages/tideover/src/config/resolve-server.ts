import { type Currencies, resolveBudget } from "./budgets.ts";
import { KEY_MAX_PRIORITY, SERVER_DEFAULTS, SHEDDING_DEFAULTS, WEBHOOK_EVENTS } from "./defaults.ts";
import type { ResolvedServer } from "./resolved-server.ts";
import type { WrittenServer } from "./schema/config-schema.ts";
import { withDefaults } from "./with-defaults.ts";

/** The `server` section with every default filled in. */
export function resolveServer(written: WrittenServer, currencies: Currencies): ResolvedServer {
  const { keys, adminKey, limits, shedding, keepAlive, provenance, records, ca, jobs, webhooks, ...plain } = written;
  return {
    ...withDefaults(SERVER_DEFAULTS, plain),
    keys: (keys ?? []).map(({ name, key, tenant, maxPriority, rate, budget }) => ({
      name,
      key,
      tenant: tenant ?? name,
      maxPriority: maxPriority ?? KEY_MAX_PRIORITY,
      ...(rate === undefined ? {} : { rate: withDefaults({}, rate) }),
      ...(budget === undefined ? {} : { budget: resolveBudget(budget, currencies) }),
    })),
    jobs: withDefaults(SERVER_DEFAULTS.jobs, jobs),
    webhooks: (webhooks ?? []).map(({ url, secrets, tenant, events, private: isPrivate }) => ({
      url,
      secrets,
      events: events ?? WEBHOOK_EVENTS,
      private: isPrivate ?? false,
      ...(tenant === undefined ? {} : { tenant }),
    })),
    limits: withDefaults(SERVER_DEFAULTS.limits, limits),
    shedding: shedding === "off" ? "off" : withDefaults(SHEDDING_DEFAULTS, shedding),
    keepAlive: withDefaults(SERVER_DEFAULTS.keepAlive, keepAlive),
    provenance: withDefaults(SERVER_DEFAULTS.provenance, provenance),
    records: withDefaults(SERVER_DEFAULTS.records, records),
    ca: ca === undefined ? SERVER_DEFAULTS.ca : [ca].flat(),
    ...(adminKey === undefined ? {} : { adminKey }),
  };
}
