import type { ResolvedConfig } from "tideover/config";
import type { Clock } from "tideover/engine";
import { callerError } from "tideover/front";
import { isPeak } from "tideover/providers";
import type { Runtime } from "tideover/runtime";
import { type AdminRoom, wrongMethod } from "../admin/admin-handler.ts";
import { notFound, readCount, readQuery } from "../admin/admin-reply.ts";
import type { ForecastAnswer, Recommendation } from "../admin/forecast-types.ts";
import type { HistoryStore } from "../history/history-store.ts";
import type { ChangeDesk } from "./apply/change-desk.ts";
import { CHANGE_PATHS, respondToChanges } from "./apply/change-endpoints.ts";
import { planEdits } from "./apply/plan-edits.ts";
import type { CapacityFacts, ProviderFacts } from "./capacity.ts";
import { FORECAST_FRESH_MS, MOST_AHEAD, USUAL_AHEAD } from "./defaults.ts";
import { EXPORT_FORMATS, exportForecast } from "./export-forecast.ts";
import { readHourlyLoad } from "./hourly-load.ts";
import { makeForecast } from "./make-forecast.ts";

/** What forecasts are made from. */
export interface ForecastParts {
  readonly store: HistoryStore;
  readonly clock: Clock;
  /** The configuration in force. */
  runtime(): Pick<Runtime, "config">;
  /** Applies recommendations; absent where the configuration has no known source. */
  readonly desk?: ChangeDesk | undefined;
}

/** Names of Kubernetes objects (RFC 1123). */
const OBJECT_NAME = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;

/**
 * The forecast in the admin API: `GET /admin/api/forecast?hours=168`, and for autoscalers
 * `GET /admin/api/forecast/export?format=keda|cron&deployment=…&namespace=…`.
 */
export function forecastRoom(parts: ForecastParts): AdminRoom {
  const kept = new Map<number, Promise<ForecastAnswer>>();
  let keptAt = Number.NEGATIVE_INFINITY;
  /** One is made for all who ask within some minutes: its history grows by the hour. */
  const forecast = (ahead: number): Promise<ForecastAnswer> => {
    const now = parts.clock.now();
    if (now - keptAt >= FORECAST_FRESH_MS) {
      kept.clear();
      keptAt = now;
    }
    const known = kept.get(ahead);
    if (known !== undefined) return known;
    const made = make(ahead, parts);
    kept.set(ahead, made);
    made.catch(() => kept.delete(ahead));
    return made;
  };
  return {
    path: "forecast",
    async serve(asked) {
      const { method, rest, query } = asked;
      const [action, ...more] = rest;
      if (parts.desk !== undefined && action !== undefined && more.length === 0 && CHANGE_PATHS.includes(action)) {
        return respondToChanges(action, asked, {
          desk: parts.desk,
          recommendations: async () => (await forecast(USUAL_AHEAD)).recommendations,
          applied: () => kept.clear(),
        });
      }
      if (rest.length > 1 || (rest.length === 1 && rest[0] !== "export")) {
        return notFound(`Below /admin/api/forecast there are export, ${CHANGE_PATHS.join(", ")}.`);
      }
      if (method !== "GET") return wrongMethod("forecast", "GET");
      if (rest.length === 1) return exported(query, forecast);
      const given = readQuery(query, ["hours"]);
      if (typeof given === "string") return callerError("invalid_request", given);
      const hours = readCount("hours", given.hours, USUAL_AHEAD, MOST_AHEAD);
      return typeof hours === "string" ? callerError("invalid_request", hours) : { json: await forecast(hours) };
    },
  };
}

async function exported(query: URLSearchParams, forecast: (ahead: number) => Promise<ForecastAnswer>) {
  const asked = readQuery(query, ["format", "deployment", "namespace"]);
  if (typeof asked === "string") return callerError("invalid_request", asked);
  const format = EXPORT_FORMATS.find((name) => name === asked.format);
  if (format === undefined) {
    return callerError("invalid_request", `"format" must be one of ${EXPORT_FORMATS.join(", ")}.`);
  }
  const { deployment = "tideover", namespace = "default" } = asked;
  for (const [name, value] of Object.entries({ deployment, namespace })) {
    if (!OBJECT_NAME.test(value))
      return callerError("invalid_request", `"${name}" must be a name of Kubernetes: a-z, 0-9 and -.`);
  }
  const body = Buffer.from(exportForecast(await forecast(USUAL_AHEAD), format, { deployment, namespace }));
  const type = format === "keda" ? "application/yaml" : "text/plain; charset=utf-8";
  return { response: { status: 200, headers: { "content-type": type, "cache-control": "no-store" }, body } };
}

async function make(ahead: number, { store, clock, runtime }: ForecastParts): Promise<ForecastAnswer> {
  const now = clock.wallTime();
  const { config } = runtime();
  const made = await makeForecast(await readHourlyLoad(store, now), ahead, factsOf({ config }), now, turn);
  return { ...made, recommendations: made.recommendations.map((one) => applicable(one, config)) };
}

/** A recommendation without its change where the configuration has nothing that it could be made on. */
function applicable(recommendation: Recommendation, config: ResolvedConfig): Recommendation {
  if (recommendation.change === undefined || planEdits(recommendation, config).length > 0) return recommendation;
  const { change: _, ...advice } = recommendation;
  return advice;
}

/** What the configuration says of providers and routes. */
function factsOf({ config }: Pick<Runtime, "config">): Pick<CapacityFacts, "providers" | "firstProvider"> {
  const firstProvider = new Map<string, string>();
  for (const { name, ladder } of config.routes) {
    const first = ladder.find((rung) => rung.kind === "provider");
    if (first?.kind === "provider") firstProvider.set(name, first.provider);
  }
  const providers = Object.values(config.providers).map(({ name, limit, definition }): ProviderFacts => {
    const calendar = definition.preset.priceCalendar;
    const configured = limit === "off" ? undefined : limit.concurrency === "auto" ? limit.max : limit.concurrency;
    return {
      name,
      limit: configured,
      limitSetting: limit !== "off" && limit.concurrency !== "auto" ? "concurrency" : "max",
      isLimited: limit !== "off",
      isDear: (at) => calendar !== undefined && isPeak(calendar, at),
      hasCheapHours: calendar !== undefined,
    };
  });
  return { providers, firstProvider };
}

/** Lets everything else that waits have its turn. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
