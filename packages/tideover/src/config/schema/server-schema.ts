import { budget } from "./budget-schema.ts";
import * as z from "./chained.ts";
import { duration, offOr, rate, share, size, text } from "./scalars.ts";

const callerKey = z.strictObject({
  name: text,
  key: text,
  tenant: text.optional(),
  maxPriority: z.int().min(0).max(7).optional(),
  rate: z
    .strictObject({
      requests: rate.optional(),
      tokens: rate.optional(),
    })
    .optional(),
  budget: budget.optional(),
});

const limits = z.strictObject({
  body: size.optional(),
  headers: size.optional(),
  headersTimeout: duration.optional(),
  bodyTimeout: duration.optional(),
  writeTimeout: duration.optional(),
});

const jobs = z.strictObject({
  workers: z.boolean().optional(),
  concurrency: z.int().min(1).max(1_000).optional(),
  share: share.optional(),
  keep: duration.optional(),
  secret: text.min(32, "must be at least 32 characters, such as the output of `openssl rand -hex 32`").optional(),
});

const webhook = z.strictObject({
  url: text,
  secrets: z
    .array(
      z.string().regex(/^whsec_[A-Za-z0-9+/]{32,86}={0,2}$/, "must be whsec_ and the base64 of 24 to 64 random bytes"),
    )
    .min(1)
    .max(5),
  tenant: text.optional(),
  events: z
    .array(z.enum(["job.succeeded", "job.failed", "job.expired", "job.cancelled"]))
    .min(1)
    .optional(),
  private: z.boolean().optional(),
});

const shedding = offOr(
  z.strictObject({
    delay: duration.optional(),
    mostOpen: z.union([z.literal("auto"), z.int().min(1).max(100_000)]).optional(),
  }),
);

/** The `server` section. */
export const serverSchema = z.strictObject({
  host: text.optional(),
  port: z.int().min(0).max(65_535).optional(),
  region: text.optional(),
  dataDir: text.optional(),
  open: z.boolean().optional(),
  keys: z.array(callerKey).optional(),
  adminKey: text.optional(),
  jobs: jobs.optional(),
  webhooks: z.array(webhook).max(50).optional(),
  allowedHosts: z.array(text).optional(),
  passthroughKeys: z.boolean().optional(),
  limits: limits.optional(),
  shedding: shedding.optional(),
  workers: z.union([z.literal("auto"), z.int().min(1).max(64)]).optional(),
  keepAlive: z
    .strictObject({
      interval: duration.optional(),
      unary: z.boolean().optional(),
    })
    .optional(),
  drain: duration.optional(),
  provenance: z
    .strictObject({
      headers: z.boolean().optional(),
      body: z.boolean().optional(),
    })
    .optional(),
  records: z
    .strictObject({
      requests: z.int().min(0).max(10_000).optional(),
      prompts: z.boolean().optional(),
    })
    .optional(),
  openMetrics: z.boolean().optional(),
  proxy: text.optional(),
  ca: z.union([text, z.array(text).min(1)]).optional(),
});

/** The `stores` section. */
export const storesSchema = z.strictObject({
  cache: text.optional(),
  cacheMemory: size.optional(),
  jobs: text.optional(),
  queue: text.optional(),
  history: text.optional(),
  review: text.optional(),
});
