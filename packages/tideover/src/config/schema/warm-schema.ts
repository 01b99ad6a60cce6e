import * as z from "./chained.ts";
import { text } from "./scalars.ts";

/** Five fields, or six with seconds first; each of numbers, names, lists, ranges and steps. */
const CRON_PATTERN = /^\S*[\d*?][^\s]*( [\d*?A-Za-z,/#L-]+){4,5}$/;

const schedule = z
  .string()
  .regex(CRON_PATTERN, { error: "must be a cron expression: minute, hour, day, month and weekday, such as 0 3 * * *" });

/** One entry of the `warm` section. */
export const warmSchema = z
  .strictObject({
    prompts: text.describe("File of requests, one on each line; a relative one begins at this file's folder."),
    schedule: schedule.optional().describe("When to begin: a cron expression, in the machine's time zone."),
    offPeak: z
      .boolean()
      .optional()
      .describe("Only in the hours in which the providers cost less; without a schedule, as soon as they begin."),
    tenant: text.optional().describe("Whose answers they are. Default: the only tenant."),
    model: text.optional().describe("Model of lines that name none."),
    concurrency: z.int().min(1).max(256).optional().describe("Requests at the same time."),
  })
  .describe("Answers that are generated ahead.");
