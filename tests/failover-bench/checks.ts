import type { Attempt, Check, Measured } from "./scenario.ts";

const at = (measured: Measured, role: Attempt["role"]) => measured.attempts.filter((attempt) => attempt.role === role);
const slowest = ({ calls }: Measured) => Math.max(...calls.map(({ ms }) => ms));

/** The primary provider was asked at least, at most, or exactly so often. */
export const askedPrimary = (bounds: { readonly least?: number; readonly most?: number }): Omit<Check, "name"> => ({
  holds(measured) {
    const asked = at(measured, "primary").length;
    return asked >= (bounds.least ?? 0) && asked <= (bounds.most ?? Number.POSITIVE_INFINITY);
  },
});

/** At most so many requests reached the primary provider within so long after the first. */
export const noHammering = (mostAttempts: number, windowMs: number): Check => ({
  name: "no hammering",
  holds(measured) {
    const times = at(measured, "primary").map(({ atMs }) => atMs);
    const first = times[0] ?? 0;
    return times.filter((time) => time - first < windowMs).length <= mostAttempts;
  },
});

/** The second request to the primary provider came no sooner than this after the first. */
export const waitedBeforeRetry = (leastMs: number): Check => ({
  name: "Retry-After honoured",
  advisory: true,
  holds(measured) {
    const [first, second] = at(measured, "primary");
    return first !== undefined && second !== undefined && second.atMs - first.atMs >= leastMs;
  },
});

/** No call took longer. */
export const within = (name: string, mostMs: number, advisory = false): Check => ({
  name,
  advisory,
  holds: (measured) => slowest(measured) <= mostMs,
});

/** A sound call through the same system succeeds afterwards. */
export const ALIVE: Check = { name: "alive afterwards", holds: ({ aliveAfter }) => aliveAfter };

/** The answer says what it used. */
export const USAGE: Check = {
  name: "usage present",
  advisory: true,
  holds: ({ calls }) => calls.every((call) => call.outcome !== "success" || call.usage),
};

/** The answer names the model that gave it. */
export const namesFallback = (model: string): Check => ({
  name: "names the model that answered",
  holds: (measured) =>
    at(measured, "fallback").length === 0 || measured.calls.every((call) => call.model?.includes(model) === true),
});

/** A caller does not get a fallback's refusal to continue as the final error. */
export const NO_PREFIX_MASKING: Check = {
  name: "no refused prefix as the final error",
  holds: ({ calls, attempts }) =>
    calls.every(({ outcome }) => outcome !== "error") || attempts.every(({ did }) => did !== "refused-prefix"),
};

/** All calls that were sent while the primary provider was down were answered. */
export const servedUntil = (outageMs: number): Check => ({
  name: "served during the outage",
  holds: ({ calls }) =>
    calls.filter(({ sentAtMs }) => sentAtMs < outageMs).every(({ outcome }) => outcome === "success"),
});

/** The primary provider answered again within so long after it had recovered. */
export const recoveredWithin = (outageMs: number, mostMs: number): Check => ({
  name: "back on the primary in time",
  holds(measured) {
    const back = at(measured, "primary").find(({ did }) => did === "answered");
    return back !== undefined && back.atMs - outageMs <= mostMs;
  },
});

/** A crowd of failing calls costs each provider hardly more than one request per call. */
export const attemptsPerCall = (most: number): Check => ({
  name: `attempts per call and provider <= ${most}`,
  holds: (measured) =>
    (["primary", "fallback"] as const).every((role) => at(measured, role).length <= most * measured.calls.length),
});

/** All calls of one part of a crowd were answered. */
export const allAnswered = (name: string, belongs: (index: number) => boolean): Check => ({
  name,
  holds: ({ calls }) => calls.filter(({ index }) => belongs(index)).every(({ outcome }) => outcome === "success"),
});

/**
 * Of another part at least so many were refused, each at once (within `mostMs`), with a 503 that says when to come
 * back.
 */
export const refusedAtOnce = (
  name: string,
  belongs: (index: number) => boolean,
  { least, mostMs }: { readonly least: number; readonly mostMs: number },
): Check => ({
  name,
  holds({ calls }) {
    const refused = calls.filter(({ index, outcome }) => belongs(index) && outcome === "error");
    const isRight = ({ error, retryAfter, ms }: (typeof refused)[number]) =>
      error?.startsWith("HTTP 503") === true && Number(retryAfter) > 0 && ms <= mostMs;
    return refused.length >= least && refused.every(isRight);
  },
});

/** Whoever was answered from a moment on was given a copy that says how old it is; before, nobody was. */
export const oldSince = (sinceMs: number): Check => ({
  name: "marked with its age",
  holds: ({ calls }) =>
    calls
      .filter(({ outcome }) => outcome === "success")
      .every(({ sentAtMs, age }) => Number(age) > 0 === sentAtMs >= sinceMs),
});
