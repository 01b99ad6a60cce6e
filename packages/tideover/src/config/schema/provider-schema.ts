import { ABILITIES, CONTINUATION_MODES } from "../../providers/index.ts";
import { PROMPT_TEMPLATES } from "../../wire/index.ts";
import * as z from "./chained.ts";
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

const account = z
  .strictObject({
    apiKey: text.optional().describe("Its key."),
    baseUrl: httpUrl.optional().describe("Its address. Default: the provider's."),
    weight: z.number().gt(0).max(1000).optional().describe("Its share of the calls, against the other accounts'."),
    region: text.optional().describe("Where it is. Default: the provider's region."),
  })
  .describe("One account of a pool.");

const price = z
  .strictObject({
    input: z.number().min(0).describe("A million prompt tokens."),
    output: z.number().min(0).describe("A million answer tokens, reasoning included."),
    cacheHit: z.number().min(0).optional().describe("A million prompt tokens that the host had in its cache."),
  })
  .describe("What a model costs, in US dollars per million tokens.");

const inProcess = z.strictObject({
  folder: text.optional().describe("Folder of the models. Default: where tideover model pull puts them."),
  threads: z.int().min(1).max(512).optional().describe("Threads. Default: one less than there are cores."),
  contextTokens: z.int().min(64).max(1_048_576).optional().describe("Prompt and answer together, in tokens."),
  unloadAfter: duration.optional().describe("An unused model leaves memory after this time."),
  queue: z.int().min(1).max(1_000).optional().describe("Calls that may wait while one is being answered."),
  warm: z.boolean().optional().describe("Load the model at the start rather than at the first call."),
});

/** One entry of the `providers` section. */
export const providerSchema = z.strictObject({
  preset: text.describe("The host, from the catalogue: deepseek, volcengine, openai-compatible, …"),
  apiKey: text.optional().describe("The key; several go in apiKeys."),
  apiKeys: z.array(text).min(1).optional().describe("Several keys; each is an account of its own."),
  accounts: z
    .array(account)
    .min(1)
    .optional()
    .describe("A pool: several accounts, each with a key, and where it differs an address, a weight, a region."),
  region: text.optional().describe("Where it is, to be compared with server.region."),
  prices: z
    .record(text, price)
    .optional()
    .describe("Prices for budgets, by the host's model name; * stands for every other. Default: the catalogue's."),
  sameAccount: z.boolean().optional().describe("The keys share one account and its limits."),
  baseUrl: httpUrl.optional().describe("The address an OpenAI SDK would be given. Default: the preset's."),
  models: z
    .record(text, text)
    .optional()
    .describe("Model names here, by the names that callers use; added to the preset's."),
  model: text
    .optional()
    .describe("The model of an in-process provider (preset onnx): its name on the hub, or a folder."),
  dtype: z
    .enum(["fp32", "fp16", "int8", "q8", "uint8", "q4", "q4f16", "bnb4"])
    .optional()
    .describe("The number format of an in-process provider's weights (preset onnx)."),
  device: z
    .enum(["cpu", "cuda", "tensorrt", "coreml", "dml", "webgpu"])
    .optional()
    .describe("Where an in-process provider runs (preset onnx); the CPU where that cannot be used."),
  inProcess: inProcess.optional().describe("How an in-process provider is kept (preset onnx)."),
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
  lacks: z
    .array(z.enum(ABILITIES))
    .optional()
    .describe("What its models cannot do; a request for that goes to the next rung. Added to the preset's."),
  contextTokens: z
    .int()
    .min(64)
    .max(10_000_000)
    .optional()
    .describe(
      "Prompt and answer together, in tokens; a conversation estimated to be longer goes to the next rung. Without it none does: the catalogue's figures only tell who takes more, once a provider finds one too long.",
    ),
  warm: z
    .boolean()
    .optional()
    .describe(
      "Ask a server of one's own for one token of each of its models at the start, so that they are in memory.",
    ),
  promptTemplate: z
    .enum(PROMPT_TEMPLATES)
    .optional()
    .describe("How a conversation is written as one text (preset kserve). Default: chatml."),
  breaker: offOr(breaker).optional().describe("The circuit breaker."),
  limit: offOr(limit).optional().describe("The concurrency limit."),
});
