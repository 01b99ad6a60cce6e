import * as z from "./chained.ts";
import { spend } from "./scalars.ts";

/** A `budget`: of a caller's key, or of a route. */
export const budget = z.strictObject({
  soft: spend.optional(),
  hard: spend.optional(),
});
