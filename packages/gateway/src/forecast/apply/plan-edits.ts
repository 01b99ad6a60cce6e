import type { ResolvedConfig } from "tideover/config";
import type { Recommendation } from "../../admin/forecast-types.ts";

/** One step on the way to a value: a key, a position, or the rung of that name on a ladder. */
export type EditStep = string | number | { readonly rung: string };

/** One value to write into a configuration. */
export interface Edit {
  readonly path: readonly EditStep[];
  readonly to: number | boolean;
}

/**
 * The values that a recommendation means, in the terms of the configuration.
 * @returns none where it is no setting, or where no route has what it would be set on
 */
export function planEdits(
  { kind, subject, change }: Pick<Recommendation, "kind" | "subject" | "change">,
  { providers, routes }: Pick<ResolvedConfig, "providers" | "routes">,
): readonly Edit[] {
  if (change === undefined) return [];
  if (kind === "shift-off-peak") {
    return routes.flatMap(({ ladder }, index) => {
      const first = ladder.find((rung) => rung.kind === "provider");
      const asksIt = first?.kind === "provider" && first.provider === subject;
      const ticket = ladder.find((rung) => rung.kind === "ticket");
      if (!asksIt || ticket?.kind !== "ticket" || ticket.offPeak) return [];
      return [{ path: ["routes", index, "ladder", { rung: "ticket" }, "offPeak"], to: true }];
    });
  }
  const limit = providers[subject]?.limit;
  if (kind !== "raise-limit" || limit === undefined || limit === "off" || typeof change.to !== "number") return [];
  const setting = limit.concurrency === "auto" ? "max" : "concurrency";
  return [{ path: ["providers", subject, "limit", setting], to: change.to }];
}
