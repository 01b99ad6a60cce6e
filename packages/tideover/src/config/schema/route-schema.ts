import type { AnswerHandler, RuleFacts } from "../../engine/index.ts";
import { MOST_CACHE_TAGS } from "../defaults.ts";
import { budget } from "./budget-schema.ts";
import * as z from "./chained.ts";
import {
  duration,
  durationOr,
  durationOrZero,
  jitter,
  offOr,
  percentileOrDuration,
  rateOrOff,
  shareOrFraction,
  shareOrOff,
  text,
} from "./scalars.ts";

const retry = z.strictObject({
  attempts: z.int().min(1).max(100).optional(),
  same: z.enum(["when-last", "always"]).optional(),
  baseDelay: durationOrZero.optional(),
  maxDelay: durationOrZero.optional(),
  jitter: jitter.optional(),
  budget: shareOrOff.optional(),
});

const cacheTag = z.string().regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, {
  error: "must be a tag of 1 to 128 printable ASCII characters without spaces and commas",
});

const cache = z.strictObject({
  fresh: duration.optional(),
  stale: duration.optional(),
  when: z.enum(["deterministic", "always", "never"]).optional(),
  pace: durationOrZero.optional(),
  also: z.array(z.enum(["length", "tool_calls"])).optional(),
  tags: z.array(cacheTag).max(MOST_CACHE_TAGS).optional(),
});

const hedge = z.strictObject({
  after: percentileOrDuration.optional(),
  budget: shareOrOff.optional(),
});

/** A function, told apart in the JSON Schema (a file cannot hold one). */
export const handlerFunction = z.custom<AnswerHandler>(
  (value) => typeof value === "function",
  "must be a function; a file cannot hold one, only the SDK can",
);

/** A rule's condition as a function, for the SDK. */
export const conditionFunction = z.custom<(facts: RuleFacts) => boolean>(
  (value) => typeof value === "function",
  "must be a condition, such as metadata.category == 'gift-card'",
);

const rungSettings = z
  .strictObject({
    stale: z.strictObject({ after: duration.optional() }).optional(),
    similar: z
      .strictObject({
        provider: text,
        model: text,
        threshold: shareOrFraction.optional(),
      })
      .optional(),
    rules: z
      .array(
        z.strictObject({
          when: z.union([text, conditionFunction]),
          answer: z.string(),
        }),
      )
      .min(1)
      .optional(),
    template: z
      .strictObject({
        text,
        review: z.boolean().optional(),
      })
      .optional(),
    ticket: z
      .strictObject({
        always: z.boolean().optional(),
        beside: z
          .array(z.enum(["stale", "similar", "rules", "template"]))
          .min(1)
          .optional(),
        expires: duration.optional(),
        offPeak: z.boolean().optional(),
      })
      .optional(),
    handler: handlerFunction.optional(),
  })
  .meta({ minProperties: 1, maxProperties: 1 })
  .superRefine((rung, context) => {
    const kinds = Object.entries(rung).filter(([, settings]) => settings !== undefined);
    if (kinds.length === 1) return;
    const got = kinds.length === 0 ? "none" : kinds.map(([kind]) => kind).join(" and ");
    context.issues.push({
      code: "custom",
      message: `must say exactly one of stale, similar, rules, template, ticket, got ${got}`,
      input: rung,
    });
  });

/** One entry of the `routes` section. */
export const routeSchema = z.strictObject({
  name: text.optional(),
  model: text,
  deadline: duration.optional(),
  firstToken: durationOr("auto").optional(),
  gap: duration.optional(),
  connect: duration.optional(),
  total: duration.optional(),
  minRate: rateOrOff.optional(),
  cache: offOr(cache).optional(),
  retry: offOr(retry).optional(),
  hedge: offOr(hedge).optional(),
  budget: budget.optional(),
  resume: z.enum(["auto", "exact", "off"]).optional(),
  resumeDegraded: z.boolean().optional(),
  longPrompt: z.enum(["refuse", "shorten", "summarise"]).optional(),
  ladder: z.array(z.union([text, handlerFunction, rungSettings])).min(1),
});
