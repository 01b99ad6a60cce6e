import type { JsonObject } from "../engine/index.ts";

/** Whether the process can take work now, and if not, why. Reasons are shown to everyone: no secrets. */
export interface Readiness {
  readonly ready: boolean;
  readonly reasons: readonly string[];
}

/** The body of `GET /healthz`: the process runs. */
export const HEALTH: JsonObject = { status: "ok" };

/** Status and body of `GET /readyz`: 503 while new work should go elsewhere. */
export function readinessResponse({ ready, reasons }: Readiness): { status: number; body: JsonObject } {
  return { status: ready ? 200 : 503, body: { status: ready ? "ready" : "not-ready", reasons: [...reasons] } };
}
