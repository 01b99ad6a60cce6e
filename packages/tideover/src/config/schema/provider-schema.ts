import { ABILITIES, CONTINUATION_MODES } from "../../providers/index.ts";
import { PROMPT_TEMPLATES } from "../../wire/index.ts";
import * as z from "./chained.ts";
import { duration, httpUrl, offOr, shareOrFraction, text } from "./scalars.ts";

const breaker = z.strictObject({
  consecutive: offOr(z.int().min(1)).optional(),
  ratio: offOr(shareOrFraction).optional(),
  minimum: z.int().min(1).optional(),
  window: duration.optional(),
  open: duration.optional(),
  maxOpen: duration.optional(),
  probes: z.int().min(1).max(100).optional(),
  counts: z
    .array(z.enum(["fault", "overloaded"]))
    .min(1)
    .optional(),
});

const limit = z.strictObject({
  concurrency: z.union([z.literal("auto"), z.int().min(1)]).optional(),
  max: z.int().min(1).optional(),
});

const account = z.strictObject({
  apiKey: text.optional(),
  baseUrl: httpUrl.optional(),
  weight: z.number().gt(0).max(1000).optional(),
  region: text.optional(),
});

const price = z.strictObject({
  input: z.number().min(0),
  output: z.number().min(0),
  cacheHit: z.number().min(0).optional(),
});

const inProcess = z.strictObject({
  folder: text.optional(),
  threads: z.int().min(1).max(512).optional(),
  contextTokens: z.int().min(64).max(1_048_576).optional(),
  unloadAfter: duration.optional(),
  queue: z.int().min(1).max(1_000).optional(),
  warm: z.boolean().optional(),
});

/** One entry of the `providers` section. */
export const providerSchema = z.strictObject({
  preset: text,
  apiKey: text.optional(),
  apiKeys: z.array(text).min(1).optional(),
  accounts: z.array(account).min(1).optional(),
  region: text.optional(),
  prices: z.record(text, price).optional(),
  sameAccount: z.boolean().optional(),
  baseUrl: httpUrl.optional(),
  models: z.record(text, text).optional(),
  model: text.optional(),
  dtype: z.enum(["fp32", "fp16", "int8", "q8", "uint8", "q4", "q4f16", "bnb4"]).optional(),
  device: z.enum(["cpu", "cuda", "tensorrt", "coreml", "dml", "webgpu"]).optional(),
  inProcess: inProcess.optional(),
  degraded: z.boolean().optional(),
  upstream: z.enum(["stream", "mirror"]).optional(),
  headers: z.record(text, z.string()).optional(),
  continuation: z.enum(CONTINUATION_MODES).optional(),
  lacks: z.array(z.enum(ABILITIES)).optional(),
  contextTokens: z.int().min(64).max(10_000_000).optional(),
  warm: z.boolean().optional(),
  promptTemplate: z.enum(PROMPT_TEMPLATES).optional(),
  breaker: offOr(breaker).optional(),
  limit: offOr(limit).optional(),
});
