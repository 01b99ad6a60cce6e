/** A quantile of a histogram over Grafana's own interval. @param by the labels that tell its series apart */
export const quantile = (share: number, metric: string, by: string) =>
  `histogram_quantile(${share}, sum by (le, ${by}) (rate(${metric}_bucket[$__rate_interval])))`;

/** How often a counter counts a second, by labels. @param where matchers of its labels */
export const rateBy = (by: string, metric: string, where = "") =>
  `sum by (${by}) (rate(${metric}{${where}}[$__rate_interval]))`;
