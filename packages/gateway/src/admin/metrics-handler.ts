import type { IdSource } from "tideover/engine";
import { callerError, type Handler, refusalResponse } from "tideover/front";
import { processFigures } from "../metrics/process-figures.ts";
import { PROMETHEUS_TYPE, prometheusText } from "../metrics/prometheus.ts";
import { refuseStranger } from "./admin-access.ts";
import type { Sight } from "./sight.ts";

/** What `/metrics` is served with. */
export interface MetricsParts {
  readonly sight: Pick<Sight, "read" | "startedAt">;
  readonly ids: IdSource;
  adminKey(): string | undefined;
  /** Whoever can connect may read. */
  open(): boolean;
}

/** Whether a request is for the metrics. */
export function isMetricsPath(path: string): boolean {
  return path === "/metrics" || path.startsWith("/metrics?");
}

/** `GET /metrics`: all totals in Prometheus' text format. */
export function createMetricsHandler(parts: MetricsParts): Handler {
  return async (request) => {
    const id = parts.ids.next();
    const refused = parts.open() ? undefined : refuseStranger(request, parts.adminKey());
    if (refused !== undefined) return refusalResponse(refused, id);
    if (request.method !== "GET" && request.method !== "HEAD") {
      const headers = { allow: "GET, HEAD" };
      return refusalResponse(callerError("invalid_request", "/metrics takes GET.", { status: 405, headers }), id);
    }
    const { totals } = await parts.sight.read();
    const text = prometheusText(totals, processFigures(parts.sight.startedAt));
    return {
      status: 200,
      headers: { "content-type": PROMETHEUS_TYPE, "cache-control": "no-store", "tideover-request-id": id },
      body: request.method === "HEAD" ? new Uint8Array() : Buffer.from(text),
    };
  };
}
