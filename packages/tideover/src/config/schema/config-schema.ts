import * as z from "./chained.ts";
import { chaosSchema } from "./chaos-schema.ts";
import { providerSchema } from "./provider-schema.ts";
import { routeSchema } from "./route-schema.ts";
import { currencyCode, text } from "./scalars.ts";
import { serverSchema, storesSchema } from "./server-schema.ts";
import { warmSchema } from "./warm-schema.ts";

/** The whole surface of `tideover.yaml`; what it gives is what was written, in ms, bytes and shares. */
export const configSchema = z.strictObject({
  server: serverSchema.optional().describe("The gateway itself; the SDK ignores it."),
  providers: z.record(text, providerSchema).optional().describe("The upstream endpoints, by a name of your choice."),
  stores: storesSchema.optional().describe("External stores; the default is embedded."),
  routes: z.array(routeSchema).min(1).describe("Which requests get which ladder; the first that fits wins."),
  warm: z.array(warmSchema).max(100).optional().describe("Answers to generate ahead; the SDK ignores it."),
  chaos: chaosSchema.optional().describe("Faults on purpose, for game days; off unless it is there."),
  currencies: z
    .record(currencyCode, z.number().gt(0))
    .optional()
    .describe("What one US dollar is in other currencies, for budgets: { CNY: 7.1 }."),
});

/** What was written, with values read but no default filled in. */
export type WrittenConfig = z.output<typeof configSchema>;
export type WrittenProvider = z.output<typeof providerSchema>;
export type WrittenRoute = z.output<typeof routeSchema>;
export type WrittenWarm = NonNullable<WrittenConfig["warm"]>[number];
export type WrittenChaos = NonNullable<WrittenConfig["chaos"]>;
export type WrittenBudget = NonNullable<WrittenRoute["budget"]>;
export type WrittenServer = z.output<typeof serverSchema>;
export type WrittenRung = WrittenRoute["ladder"][number];
