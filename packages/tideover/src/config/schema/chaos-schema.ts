import * as z from "./chained.ts";
import { duration, moment, share, text } from "./scalars.ts";

const failureKind = z.enum(["overloaded", "fault"]);

/** The `chaos` section. */
export const chaosSchema = z.strictObject({
  share,
  until: moment,
  providers: z.array(text).min(1).optional(),
  critical: z.boolean().optional(),
  faults: z.strictObject({
    latency: duration.optional(),
    failure: z.union([failureKind, z.array(failureKind).min(1)]).optional(),
    cut: z.int().min(0).optional(),
  }),
});
