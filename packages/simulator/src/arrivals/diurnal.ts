const HOUR_MS = 3_600_000;

/**
 * Traffic by hour in Beijing, relative to its mean: low at night, high from 9 to 12 and from 14 to 18, DeepSeek's own
 * peak hours (pricing page, 2026-11-15). The heights are synthetic: a peak of about twice the mean.
 */
const BY_HOUR = [
  0.45, 0.3, 0.22, 0.18, 0.18, 0.22, 0.35, 0.6, 1.0, 1.65, 1.9, 1.75, 1.15, 1.2, 1.75, 1.9, 1.85, 1.6, 1.15, 1.05, 1.1,
  1.05, 0.8, 0.6,
] as const;
const MEAN = BY_HOUR.reduce((sum, share) => sum + share, 0) / BY_HOUR.length;

/** How much more than on average arrives at a time of a run that began at `fromHour` (Beijing); linear between hours. */
export function diurnalFactor(atMs: number, fromHour: number): number {
  const hour = (((fromHour + atMs / HOUR_MS) % 24) + 24) % 24;
  const before = Math.floor(hour);
  const share = hour - before;
  const low = BY_HOUR[before % 24] ?? 1;
  const high = BY_HOUR[(before + 1) % 24] ?? 1;
  return (low + (high - low) * share) / MEAN;
}
