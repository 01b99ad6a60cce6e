import * as z from "zod";
import { CONTINUATION_MODES } from "../../providers/index.ts";
import { duration, httpUrl, offOr, shareOrFraction, text } from "./scalars.ts";

const breaker = z.strictObject({
  consecutive: offOr(z.int().min(1)).optional().describe("Failures in a row that open it."),
  ratio: offOr(shareOrFraction).optional().describe("Share of failures in the window that opens it."),
  minimum: z.int().min(1).optional().describe("Results in the window before the share counts."),
  window: duration.optional().describe("How far back results count."),
  open: duration.optional().describe("How long it stays open at first; doubles while probes fail."),
  maxOpen: duration.optional().describe("How long it stays open at most."),
  probes: z.int().min(1).max(100).optional().describe("Concurrent calls that may try a half-open provider."),
  counts: z
    .array(z.enum(["fault", "overloaded"]))
    .min(1)
    .optional()
    .describe("The failure kinds that count."),
});

const limit = z.strictObject({
  concurrency: z
    .union([z.literal("auto"), z.int().min(1)])
    .optional()
    .describe("Calls at the same time: a number, or auto (learned)."),
  max: z.int().min(1).optional().describe("The most that auto may learn. Default: the catalogue's figure."),
});

/** One entry of the `providers` section. */
export const providerSchema = z.strictObject({
  preset: text.describe("The host, from the catalogue: deepseek, volcengine, openai-compatible, …"),
  apiKey: text.optional().describe("The key; several go in apiKeys."),
  apiKeys: z.array(text).min(1).optional().describe("Several keys; each is an account of its own."),
  sameAccount: z.boolean().optional().describe("The keys share one account and its limits."),
  baseUrl: httpUrl.optional().describe("The address an OpenAI SDK would be given. Default: the preset's."),
  models: z
    .record(text, text)
    .optional()
    .describe("Model names here, by the names that callers use; added to the preset's."),
  model: text.optional().describe("The model of an in-process provider (preset onnx)."),
  dtype: text.optional().describe("The number format of an in-process provider (preset onnx)."),
  degraded: z.boolean().optional().describe("Its answers are below what a live provider would have given."),
  upstream: z
    .enum(["stream", "mirror"])
    .optional()
    .describe("Read every answer as a stream, or in the caller's own mode. Default: the preset's."),
  headers: z.record(text, z.string()).optional().describe("Headers added to every request to it."),
  continuation: z
    .enum(CONTINUATION_MODES)
    .optional()
    .describe("How a cut answer is finished there; who sets it vouches for it. Default: the preset's."),
  breaker: offOr(breaker).optional().describe("The circuit breaker."),
  limit: offOr(limit).optional().describe("The concurrency limit."),
});
