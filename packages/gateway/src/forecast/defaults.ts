/** Hours of a week and of a day: the seasons of traffic. */
export const WEEK_HOURS = 168;
export const DAY_HOURS = 24;
/** With so much history the week repeats; with less, the day does. Nine days: a week to repeat and two days to compare. */
export const WEEKLY_FROM_HOURS = 216;
/** Less history than this is no forecast: a day to repeat and a day to compare. */
export const LEAST_HOURS = 48;
/** The most history that is learned from: eight weeks; older traffic says less than it blurs. */
export const MOST_HOURS = 8 * WEEK_HOURS;
/** Hours ahead where nothing is said, and at most: two weeks, for what repeats weekly. */
export const USUAL_AHEAD = 7 * DAY_HOURS;
export const MOST_AHEAD = 2 * WEEK_HOURS;
/** Share of hours that are to lie within the band. */
export const BAND = 0.9;
/** Hours between two origins of the rolling backtest, and how far each forecasts at most. */
export const ORIGIN_EVERY = 12;
export const BACKTEST_AHEAD = 7 * DAY_HOURS;
/** Hours that are known beyond the first season at the first origin, so that a recent ratio has something to go by. */
export const LEARNED_HOURS = 72;
/** Seasons of history that the backtest looks back on; more would weigh old traffic as much as new. */
export const BACKTEST_SEASONS = 4;
/** Recent hours whose level is compared with the season before: the candidates, the calmest first. */
export const RATIO_WINDOWS = [168, 72, 24] as const;
/** A level does not grow or shrink by more than this from one season to the next, as far as a forecast goes. */
export const MOST_RATIO = 2;
/** Past seasons that are averaged for the shape of the next one. */
export const SHAPE_SEASONS = 4;
/** Smoothing constants that Holt-Winters tries: level, trend, season. */
export const HOLT_WINTERS_GRID = { alpha: [0.05, 0.2], beta: [0.002, 0.02], gamma: [0.05, 0.2] } as const;
/** Damping of Holt-Winters' trend an hour (Gardner and McKenzie 1985): its half-life is some four days. */
export const TREND_DAMPING = 0.993;
/** A method must be better by this share of the error to take the place of one that is to be preferred. */
export const LEAST_GAIN = 0.02;
/** Hours of so many robust deviations from the usual, and off by at least this factor, are unusual. */
export const UNUSUAL_DEVIATIONS = 5;
export const UNUSUAL_FACTOR = 1.6;
/** An hour in which so much of the traffic was not answered in full is an outage, once it had so many requests. */
export const OUTAGE_SHARE = 0.5;
export const OUTAGE_REQUESTS = 10;
/** Of an hour's minutes, so many must be recorded, or it is a gap. */
export const LEAST_MINUTES = 30;
/** Calls at once that one gateway process is reckoned with. */
export const CALLS_EACH = 1_000;
/** Share of the traffic in dear hours that is reckoned to bear waiting for cheap ones. */
export const SHIFTABLE = 0.2;
/** Hours count as dear from so much above the others on; less is chance. */
export const LEAST_DEARER = 0.05;
/** Hours that recent shares, prices and bursts are taken from: a week. */
export const RECENT_HOURS = 7 * DAY_HOURS;
/** How long a forecast is as good as new, in ms: its history grows by the hour. */
export const FORECAST_FRESH_MS = 5 * 60_000;
