import * as z from "./chained.ts";
import { chaosSchema } from "./chaos-schema.ts";
import { providerSchema } from "./provider-schema.ts";
import { routeSchema } from "./route-schema.ts";
import { currencyCode, text } from "./scalars.ts";
import { serverSchema, storesSchema } from "./server-schema.ts";
import { warmSchema } from "./warm-schema.ts";

/** The whole surface of `tideover.yaml`; what it gives is what was written, in ms, bytes and shares. */
export const configSchema = z.strictObject({
  server: serverSchema.optional(),
  providers: z.record(text, providerSchema).optional(),
  stores: storesSchema.optional(),
  routes: z.array(routeSchema).min(1),
  warm: z.array(warmSchema).max(100).optional(),
  chaos: chaosSchema.optional(),
  currencies: z.record(currencyCode, z.number().gt(0)).optional(),
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
