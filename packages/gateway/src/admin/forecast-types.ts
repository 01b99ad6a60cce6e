/**
 * What `GET /admin/api/forecast?hours=168` answers (hours ahead, 1 to 336, default 168). Pure types: the dashboard
 * imports them. `GET /admin/api/forecast/export?format=keda|cron` gives the same as text for autoscalers.
 */

import type { SettingChange } from "./api-types.ts";

/** What is forecast: requests and tokens an hour, and calls at once (the mean over the hour). All of it is offered load. */
export type ForecastMeasure = "requests" | "tokens" | "concurrency";

/** One hour of the past or of what is coming. */
export interface ForecastPoint {
  /** When the hour begins, in ms since the Unix epoch. */
  readonly at: number;
  readonly value: number;
  /** Nine hours in ten are expected between these two. */
  readonly low: number;
  readonly high: number;
}

/** One hour that was. */
export interface ObservedPoint {
  readonly at: number;
  /** Null where nothing was recorded. */
  readonly value: number | null;
  /** Left out of what was learned from, and why: an outage, or a gap in the record. */
  readonly excluded?: "outage" | "unusual" | "gap";
}

/** Which method forecasts, and how both did on the past: mean absolute error by rolling origins. */
export interface ForecastBacktest {
  readonly method: "seasonal-ratio" | "holt-winters" | "seasonal-naive";
  /** Length of the season that is repeated, in hours: 168, or 24 with less than two weeks of history. */
  readonly seasonHours: number;
  /** Hours that were forecast and compared. */
  readonly compared: number;
  readonly error: number;
  /** The error of repeating the last season as it was. */
  readonly naiveError: number;
  /** Share of the compared hours that lay within the band, 0 to 1. */
  readonly coverage: number;
}

/** The forecast of one measure. */
export interface MeasureForecast {
  readonly observed: readonly ObservedPoint[];
  readonly ahead: readonly ForecastPoint[];
  readonly backtest: ForecastBacktest;
  /** The highest hour ahead. */
  readonly peak: ForecastPoint;
}

/** How a provider's limit stands against what is coming. */
export interface LimitForecast {
  readonly provider: string;
  /** Calls at once that it takes: what the limiter learned at its best, or what is configured. */
  readonly concurrency: number;
  readonly from: "learned" | "configured" | "catalogue";
  /** First hour ahead in which the expected load passes the limit, in ms since the Unix epoch. */
  readonly reachedAt?: number;
  /** The same for the upper end of the band. */
  readonly mayBeReachedAt?: number;
  /** The share of the limit that the highest hour takes. */
  readonly peakUse: number;
}

/** Money, in one currency. */
export interface Cost {
  readonly amount: number;
  readonly currency: string;
}

/** One thing to do, as data: the dashboard words it, and shows the change of the configuration that it means. */
export interface Recommendation {
  /** The same for the same advice about the same subject: what {@link ForecastChange} is asked for by. */
  readonly id: string;
  readonly kind: "raise-limit" | "add-provider" | "warm-cache" | "shift-off-peak" | "add-replicas";
  /** What it is about: a provider, a route. */
  readonly subject: string;
  /** Why, in a sentence. */
  readonly reason: { readonly en: string; readonly zh: string };
  /** When it begins to matter, in ms since the Unix epoch. */
  readonly by?: number;
  /** What it would save in the hours ahead, where that is money. */
  readonly saves?: Cost;
  /** The setting to change: where it is written, what it is, what it should be. Absent where it is no setting. */
  readonly change?: { readonly path: string; readonly from: unknown; readonly to: unknown };
}

/** `GET /admin/api/forecast` */
export interface ForecastAnswer {
  /** When it was made, in ms since the Unix epoch. */
  readonly madeAt: number;
  /** Why there is none (too little history); the lists are then empty. */
  readonly missing?: { readonly en: string; readonly zh: string };
  readonly hoursOfHistory: number;
  readonly measures: Readonly<Partial<Record<ForecastMeasure, MeasureForecast>>>;
  readonly limits: readonly LimitForecast[];
  /** Gateway processes that the highest hour needs, at the stated calls at once each. */
  readonly replicas?: { readonly needed: number; readonly callsEach: number; readonly at: number };
  /** What the hours ahead cost, and the highest hour alone; absent where no price is known. */
  readonly cost?: { readonly total: Cost; readonly peakHour: Cost };
  readonly recommendations: readonly Recommendation[];
}

/** Text in both languages. */
export interface Bilingual {
  readonly en: string;
  readonly zh: string;
}

/** `GET /admin/api/forecast/change?id=…`: what applying a recommendation would do. Nothing is applied. */
export interface ForecastChange {
  readonly id: string;
  /** The configuration file; null where there is none. */
  readonly file: string | null;
  /** Every effective value that would change, by the name of its setting; empty where the file cannot be changed. */
  readonly changes: readonly SettingChange[];
  /** Why the gateway cannot write it itself; absent where it can. */
  readonly blocked?: Bilingual;
  /** The change as YAML, for people who write it themselves. */
  readonly snippet: string;
  /** Names what was looked at: the file's text, and what it would become; {@link ForecastApply} sends it back. */
  readonly digest: string;
}

/** What `POST /admin/api/forecast/apply` takes. */
export interface ForecastApply {
  readonly id: string;
  /** From the {@link ForecastChange} that was looked at: where the file or the value is another by now, nothing is written. */
  readonly digest: string;
  /** Who does it, for the trail. */
  readonly by?: string;
}

/** What it answers, and one line of the trail: `GET /admin/api/forecast/changes` lists them, the newest first. */
export interface AppliedChange {
  /** In ms since the Unix epoch. */
  readonly at: number;
  /** As given, with how they were let in. */
  readonly by: string;
  readonly id: string;
  readonly file: string;
  /** The file as it was before, beside it. */
  readonly backup: string;
  readonly changes: readonly SettingChange[];
}
