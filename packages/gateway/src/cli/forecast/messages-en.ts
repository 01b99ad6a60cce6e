/** What `tideover forecast` says in English. */
export const forecastEn = {
  summary: "show what a running gateway's next days will ask for, against limits and prices",
  hoursFlag: "hours ahead, 1 to 336 (default: 168)",
  exportFlag: "print a schedule for an autoscaler in place of the forecast",
  deploymentFlag: "Kubernetes deployment that the export scales (default: tideover)",
  namespaceFlag: "its namespace (default: default)",
  measureColumns: ["Measure", "Highest hour", "Expected", "At most", "Method", "Error", "Seasonal-naive", "In band"],
  measures: { requests: "requests/h", tokens: "tokens/h", concurrency: "calls at once" },
  limitColumns: ["Provider", "Limit", "From", "Peak use", "Reached"],
  never: "not within the hours ahead",
  maybe: (at: string) => `maybe ${at}`,
  replicas: (needed: number, each: number, at: string) =>
    `Gateway processes: ${needed} of ${each} calls at once each, at most (${at}).`,
  cost: (total: string, peak: string) => `Cost of the hours ahead: ${total}; the dearest hour: ${peak}.`,
  saves: (amount: string) => `saves ${amount}`,
  advice: "What to do:",
};
