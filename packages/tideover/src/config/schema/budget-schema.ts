import * as z from "./chained.ts";
import { spend } from "./scalars.ts";

/** A `budget`: of a caller's key, or of a route. */
export const budget = z
  .strictObject({
    soft: spend.optional().describe("Beyond it calls go down the ladder past what costs money, where that answers."),
    hard: spend.optional().describe("Beyond it calls are refused."),
  })
  .describe("What may be spent.");
