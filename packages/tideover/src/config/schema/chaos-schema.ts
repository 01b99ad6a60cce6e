import * as z from "./chained.ts";
import { duration, moment, share, text } from "./scalars.ts";

const failureKind = z.enum(["overloaded", "fault"]);

/** The `chaos` section. */
export const chaosSchema = z.strictObject({
  share: share.describe("Share of attempts that are hit, up to 50%."),
  until: moment.describe("When it ends by itself, at most a day ahead: 2026-11-23T18:00:00+08:00."),
  providers: z.array(text).min(1).optional().describe("The providers whose attempts may be hit. Default: all."),
  critical: z.boolean().optional().describe("Hit critical calls (urgency 0 and 1) too."),
  faults: z
    .strictObject({
      latency: duration.optional().describe("The answer begins so much later."),
      failure: z
        .union([failureKind, z.array(failureKind).min(1)])
        .optional()
        .describe("The provider is not asked; the attempt fails like this."),
      cut: z.int().min(0).optional().describe("The answer breaks after so many content events."),
    })
    .describe("What happens to an attempt that is hit: one of these, drawn for each."),
});
