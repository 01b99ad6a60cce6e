import type { ForecastAnswer } from "../admin/forecast-types.ts";

/** Hours of equal need that follow one another, within one week. */
interface Span {
  /** In ms since the Unix epoch. */
  readonly from: number;
  readonly to: number;
  readonly replicas: number;
}

/** What exports are written for. */
export interface ExportTarget {
  /** Name of the Kubernetes deployment. */
  readonly deployment: string;
  readonly namespace: string;
}

const HOUR_MS = 3_600_000;

/** The forms in which a forecast is given to autoscalers. */
export const EXPORT_FORMATS = ["keda", "cron"] as const;

/**
 * The gateway processes that the week ahead needs, as a schedule for an autoscaler; all times UTC.
 * - `keda`: a ScaledObject of KEDA 2 with a cron trigger for each span above one replica. KEDA takes the highest of all
 *   triggers, so what is added to it (CPU, requests in flight) still works.
 * - `cron`: lines of a crontab that scale the deployment with kubectl.
 */
export function exportForecast(
  forecast: ForecastAnswer,
  format: (typeof EXPORT_FORMATS)[number],
  target: ExportTarget,
): string {
  const spans = spansOf(forecast);
  return format === "keda" ? keda(spans, target) : crontab(spans, target);
}

function keda(spans: readonly Span[], { deployment, namespace }: ExportTarget): string {
  const triggers = spans.filter(({ replicas }) => replicas > 1);
  const most = Math.max(1, ...spans.map(({ replicas }) => replicas));
  return [
    "apiVersion: keda.sh/v1alpha1",
    "kind: ScaledObject",
    `metadata: { name: ${deployment}-forecast, namespace: ${namespace} }`,
    "spec:",
    `  scaleTargetRef: { name: ${deployment} }`,
    "  minReplicaCount: 1",
    `  maxReplicaCount: ${most}`,
    ...(triggers.length === 0 ? ["  triggers: []"] : ["  triggers:"]),
    ...triggers.map(
      ({ from, to, replicas }) =>
        `    - { type: cron, metadata: { timezone: Etc/UTC, start: "${cronOf(from)}", end: "${cronOf(to)}", desiredReplicas: "${replicas}" } }`,
    ),
    "",
  ].join("\n");
}

function crontab(spans: readonly Span[], { deployment, namespace }: ExportTarget): string {
  const lines = spans.map(
    ({ from, replicas }) =>
      `${cronOf(from)} kubectl --namespace ${namespace} scale deployment/${deployment} --replicas=${replicas}`,
  );
  return ["CRON_TZ=UTC", ...lines, ""].join("\n");
}

/** The spans of the first week ahead, by the upper end of the band: too few processes cost more than one too many. */
function spansOf({ measures, replicas }: ForecastAnswer): Span[] {
  const ahead = measures.concurrency?.ahead.slice(0, 7 * 24) ?? [];
  if (replicas === undefined) return [];
  const highest = Math.max(1e-9, ...ahead.map(({ high }) => high));
  const spans: Span[] = [];
  for (const { at, high } of ahead) {
    const needed = Math.max(1, Math.ceil((high / highest) * replicas.needed));
    const last = spans.at(-1);
    if (last?.replicas === needed) spans[spans.length - 1] = { ...last, to: at + HOUR_MS };
    else spans.push({ from: at, to: at + HOUR_MS, replicas: needed });
  }
  return spans;
}

/** Every week at that hour, UTC. */
function cronOf(at: number): string {
  const date = new Date(at);
  return `0 ${date.getUTCHours()} * * ${date.getUTCDay()}`;
}
