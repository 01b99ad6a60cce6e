import type { Finding } from "./finding.ts";
import type { ResolvedConfig } from "./resolved-config.ts";

/** Regions that are compared with nothing. */
export function regionWarnings({ server, providers }: ResolvedConfig): Finding[] {
  const withRegion = Object.values(providers).filter(({ definition }) =>
    definition.accounts.some(({ region }) => region !== undefined),
  );
  if (server.region === undefined) {
    const message = "says where it is, and nobody says where the gateway is; set server.region, or leave this out";
    return withRegion.map(({ name }) => ({ path: ["providers", name], message }));
  }
  if (withRegion.length > 0) return [];
  const message = "is compared with nothing, because no provider or account says where it is; set their region";
  return [{ path: ["server", "region"], message }];
}
