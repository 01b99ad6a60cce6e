import { isJsonObject, type JsonObject, type Random } from "tideover/engine";
import { decideFault } from "../faults/decide-fault.ts";
import type { AnswerShape, FaultEffect } from "../faults/fault-effect.ts";
import { type ChosenFault, listFaults } from "../faults/fault-table.ts";
import type { OnceMemory } from "../faults/once-memory.ts";
import { conversationText } from "../text/conversation.ts";
import { splitConversation } from "../text/partial-answer.ts";
import {
  contextTooLong,
  errorResponse,
  insufficientBalance,
  missingKey,
  noSuchModel,
  type UpstreamRefusal,
  wrongKey,
} from "./error-bodies.ts";
import { type Generation, type GenerationRequest, prepareGeneration } from "./generation.ts";
import type { EffectiveOptions } from "./options.ts";
import { drawPacing } from "./pacing.ts";
import type { PrefixCache } from "./prefix-cache.ts";
import type { Profile } from "./profiles.ts";
import { randomUuid } from "./random-ids.ts";
import type { UpstreamRoute } from "./routes.ts";
import { validateRequest } from "./validate-request.ts";
import type { UpstreamRequest } from "./wire.ts";

/** What becomes of a request. `fault`: the name of the one that struck. */
export type Decision = { readonly fault?: string | undefined } & (
  | { readonly type: "connection"; readonly how: "refused" | "reset" | "silence" }
  | { readonly type: "respond"; readonly response: UpstreamRefusal }
  | { readonly type: "generate"; readonly generation: Generation; readonly shape: AnswerShape; readonly model: string }
);

/** What a decision is made from, besides the request. */
export interface DecisionContext {
  readonly options: EffectiveOptions;
  readonly profile: Profile;
  readonly cache: PrefixCache;
  readonly once: OnceMemory;
  readonly balance: number;
  /** Requests before this one. */
  readonly ordinal: number;
  /** This exchange's own randomness. */
  readonly random: Random;
}

const respond = (response: UpstreamRefusal): Decision => ({ type: "respond", response });

/**
 * Decides what becomes of a request, in the order a provider would: connection, key, scripted response, body,
 * account. Slots and concurrency come after, where the exchange is run.
 */
export function decideExchange(request: UpstreamRequest, route: UpstreamRoute, context: DecisionContext): Decision {
  const { options, random } = context;
  const body = route.method === "POST" ? parseBody(request.body) : undefined;
  const model = typeof body?.model === "string" ? body.model : undefined;
  const question = { request, model, ordinal: context.ordinal, now: options.clock.now() };
  const decided = decideFault(options.faultFor?.(question), model, context.profile, random);
  const fault = decided.type === "fault" && strikes(decided.fault, body, route, context) ? decided.fault : undefined;
  if (fault?.effect.kind === "connection") return { type: "connection", how: fault.effect.how, fault: fault.name };
  const unauthorized = checkKey(request, options, random);
  if (unauthorized !== undefined) return respond(unauthorized);
  if (decided.type === "unknown") return respond(unknownFault(decided.name));
  if (fault?.effect.kind === "respond") return { type: "respond", response: fault.effect.response, fault: fault.name };
  if (route.operation === "models") return respond(modelList(options));
  if (route.operation === "balance") return respond(balanceReport(context.balance));
  if (body === undefined) return respond(errorResponse(400, "The request body is not a valid JSON object"));
  const wrong = validateRequest(route.operation, body, request.body, options.reasoningHistory);
  if (wrong !== undefined) return respond(wrong);
  return decideGeneration({ ...route, body, model: model ?? "" }, fault, context);
}

function decideGeneration(
  request: GenerationRequest,
  fault: ChosenFault | undefined,
  context: DecisionContext,
): Decision {
  const { options, random } = context;
  const known = options.models === undefined || options.models.includes(request.model);
  if (!known && !request.model.startsWith("fault-")) return respond(noSuchModel());
  if (context.balance <= 0) return respond(insufficientBalance());
  const shape = shapeOf(fault?.effect);
  const pacing = drawPacing(context.profile, options.pacing, options.timeScale, random);
  const generation = prepareGeneration(request, shape, pacing, options, context.cache, random);
  const wanted = Number(request.body.max_completion_tokens ?? request.body.max_tokens ?? 0);
  if (generation.prompt.total + wanted > options.contextTokens) {
    return respond(contextTooLong(options.contextTokens, generation.prompt.total, wanted));
  }
  return { type: "generate", generation, shape, model: request.model, fault: fault?.name };
}

const shapeOf = (effect: FaultEffect | undefined): AnswerShape => (effect?.kind === "shape" ? effect.shape : {});

/** The body as an object; undefined when it is none. */
function parseBody(text: string): JsonObject | undefined {
  try {
    const parsed: unknown = JSON.parse(text);
    return isJsonObject(parsed) ? parsed : undefined;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

/** Whether a fault strikes this time: one that strikes once does so once per question. */
function strikes(
  fault: ChosenFault,
  body: JsonObject | undefined,
  route: UpstreamRoute,
  context: DecisionContext,
): boolean {
  if (!fault.once) return true;
  if (body === undefined) return context.once.first(fault.name, route.operation);
  // A request to go on with the same answer is the same question, so that it meets a healthy provider.
  const { messages } = splitConversation(body, context.options.continuation, route.beta);
  const asked = messages.length > 0 ? conversationText(messages) : JSON.stringify(body.prompt ?? body.input ?? null);
  return context.once.first(fault.name, `${body.model}\u0002${asked}`);
}

function checkKey(request: UpstreamRequest, options: EffectiveOptions, random: Random): UpstreamRefusal | undefined {
  if (options.keys === undefined) return undefined;
  const key = /^Bearer\s+(.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (key === undefined) return missingKey();
  return options.keys.includes(key) ? undefined : wrongKey(key, randomUuid(random));
}

function unknownFault(name: string): UpstreamRefusal {
  const known = listFaults().map((fault) => fault.name);
  return errorResponse(400, `There is no scripted fault "${name}". Known faults: ${known.join(", ")}.`);
}

function modelList(options: EffectiveOptions): UpstreamRefusal {
  const ids = options.models ?? ["deepseek-flash", "deepseek-v4-flash", "deepseek-v4-pro"];
  const data = ids.map((id) => ({ id, object: "model", owned_by: "deepseek" }));
  return { status: 200, contentType: "application/json", body: JSON.stringify({ object: "list", data }) };
}

function balanceReport(balance: number): UpstreamRefusal {
  const info = {
    currency: "CNY",
    total_balance: balance.toFixed(2),
    granted_balance: "0.00",
    topped_up_balance: balance.toFixed(2),
  };
  const body = JSON.stringify({ is_available: balance > 0, balance_infos: [info] });
  return { status: 200, contentType: "application/json", body };
}
