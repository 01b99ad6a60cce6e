import * as z from "./chained.ts";
import { text } from "./scalars.ts";

/** Five fields, or six with seconds first; each of numbers, names, lists, ranges and steps. */
const CRON_PATTERN = /^\S*[\d*?][^\s]*( [\d*?A-Za-z,/#L-]+){4,5}$/;

const schedule = z
  .string()
  .regex(CRON_PATTERN, { error: "must be a cron expression: minute, hour, day, month and weekday, such as 0 3 * * *" });

/** One entry of the `warm` section. */
export const warmSchema = z.strictObject({
  prompts: text,
  schedule: schedule.optional(),
  offPeak: z.boolean().optional(),
  tenant: text.optional(),
  model: text.optional(),
  concurrency: z.int().min(1).max(256).optional(),
});
