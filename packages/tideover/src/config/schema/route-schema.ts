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
  attempts: z.int().min(1).max(100).optional().describe("Tries of one provider per request, the first included."),
  same: z
    .enum(["when-last", "always"])
    .optional()
    .describe("Try the same provider again only when no other could answer, or always first."),
  baseDelay: durationOrZero.optional().describe("First delay; doubles with every retry."),
  maxDelay: durationOrZero.optional().describe("Longest delay."),
  jitter: jitter.optional().describe("How delays are spread: full, decorrelated, none, or a share such as 10%."),
  budget: shareOrOff.optional().describe("Share of a provider's traffic that extra attempts may cost, or off."),
});

const cacheTag = z.string().regex(/^[\x21-\x2b\x2d-\x7e]{1,128}$/, {
  error: "must be a tag of 1 to 128 printable ASCII characters without spaces and commas",
});

const cache = z.strictObject({
  fresh: duration.optional().describe("How long a copy is as good as new."),
  stale: duration.optional().describe("How long a copy may serve the stale rung."),
  when: z
    .enum(["deterministic", "always", "never"])
    .optional()
    .describe("Which requests are answered from fresh copies: those at temperature 0, all, or none."),
  pace: durationOrZero.optional().describe("Time between the events of a copy that is given as a stream; 0s: at once."),
  also: z
    .array(z.enum(["length", "tool_calls"]))
    .optional()
    .describe("Ways to end, beside stop, with which an answer is stored too."),
  tags: z.array(cacheTag).max(MOST_CACHE_TAGS).optional().describe("Names that the copies can be purged by."),
});

const hedge = z.strictObject({
  after: percentileOrDuration.optional().describe("When a second attempt starts: a percentile of TTFT, or a duration."),
  budget: shareOrOff.optional().describe("Share of traffic that second attempts may cost."),
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
    stale: z
      .strictObject({ after: duration.optional().describe("Serve the copy when nothing came by then.") })
      .optional()
      .describe("The last good copy of the same request."),
    similar: z
      .strictObject({
        provider: text.describe("The provider that makes embeddings."),
        model: text.describe("Its model for embeddings."),
        threshold: shareOrFraction.optional().describe("Least cosine similarity, from 0 to 1."),
      })
      .optional()
      .describe("The stored answer to a similar request."),
    rules: z
      .array(
        z.strictObject({
          when: z
            .union([text, conditionFunction])
            .describe("Condition over the request; the first that holds answers."),
          answer: z.string().describe("The answer."),
        }),
      )
      .min(1)
      .optional()
      .describe("Fixed answers under conditions."),
    template: z
      .strictObject({
        text: text.describe("The answer, with {{metadata.field}} from the request."),
        review: z.boolean().optional().describe("Put what was answered into the review inbox."),
      })
      .optional()
      .describe("An answer made from the request's own metadata."),
    ticket: z
      .strictObject({
        always: z.boolean().optional().describe("Also for callers who did not ask for it."),
        beside: z
          .array(z.enum(["stale", "similar", "rules", "template"]))
          .min(1)
          .optional()
          .describe("Rungs whose answers open a ticket too, so that a better answer follows."),
        expires: duration.optional().describe("How long a job may wait for its answer."),
        offPeak: z.boolean().optional().describe("Jobs wait for the hours in which the provider costs less."),
      })
      .optional()
      .describe("A promise: the answer comes later."),
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
  name: text.optional().describe("Name of the route, in logs and figures. Default: route-1, route-2, …"),
  model: text.describe("The requested models it is for: a name, with * for any run of characters and ? for one."),
  deadline: duration
    .optional()
    .describe("By when the caller needs an answer: the whole one, or a stream's first content."),
  firstToken: durationOr("auto").optional().describe("Longest wait of one attempt for its first content, or auto."),
  gap: duration.optional().describe("Longest silence between content events."),
  connect: duration.optional().describe("Longest wait for a connection."),
  total: duration.optional().describe("Longest life of a stream."),
  minRate: rateOrOff.optional().describe("Slowest tolerable stream, in content events."),
  cache: offOr(cache).optional().describe("Stored answers."),
  retry: offOr(retry).optional().describe("Trying one provider again."),
  hedge: offOr(hedge).optional().describe("A second attempt beside a slow first one."),
  budget: budget.optional().describe("What this route may spend."),
  resume: z.enum(["auto", "exact", "off"]).optional().describe("Finishing an answer that was cut, on another attempt."),
  resumeDegraded: z.boolean().optional().describe("A degraded provider may finish it; the answer then is degraded."),
  longPrompt: z
    .enum(["refuse", "shorten", "summarise"])
    .optional()
    .describe(
      "Conversations too long for a degraded provider: refuse (the next rung), shorten (oldest turns left out), or summarise (told in a summary).",
    ),
  ladder: z
    .array(z.union([text, handlerFunction, rungSettings]))
    .min(1)
    .describe("The ways to answer, in order: provider names, stale, similar, rules, template, ticket."),
});
