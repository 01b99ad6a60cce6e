import type { AnswerEvent } from "../../../engine/answer-stream.ts";
import type { CallRequest } from "../../../engine/call.ts";
import type { JsonObject } from "../../../engine/json.ts";
import type { ContinuationPlan } from "../../../engine/ports/continuation.ts";
import { eventFrom } from "../../chat/chat-event.ts";
import { chatContinuation } from "../chat-continuation.ts";

/** The only turn before the answer. */
export const user = { role: "user", content: "Hello" };

/** A streamed chat request with these members beside. */
export function requestOf(more: JsonObject = {}, changes: Partial<CallRequest> = {}): CallRequest {
  const body = { model: "m", messages: [user], stream: true, ...more };
  const bytes = new TextEncoder().encode(JSON.stringify(body));
  return { operation: "chat", model: "m", body, bytes, stream: true, includeUsage: false, ...changes };
}

/** What a chunk has beside its delta. */
export interface Extra {
  readonly id?: string;
  readonly finish?: string;
  readonly usage?: JsonObject;
}

/** A chunk with this delta. */
export function chunk(delta: JsonObject, { id = "first", finish, usage }: Extra = {}): AnswerEvent {
  const choices = [{ index: 0, delta, finish_reason: finish ?? null }];
  const identity = { id, object: "chat.completion.chunk", created: 1, model: `model-${id}` };
  return eventFrom({ ...identity, choices, ...(usage === undefined ? {} : { usage }) }, false);
}

/** Chunks of text. */
export const contents = (...texts: string[]) => texts.map((content) => chunk({ content }));
/** Chunks of reasoning. */
export const thoughts = (...texts: string[]) => texts.map((text) => chunk({ reasoning_content: text }));

/** What a plan depends on beside what was shown. */
export interface PlanOptions {
  readonly request?: CallRequest;
  readonly exactOnly?: boolean;
}

/** How an answer can be finished that broke after these chunks; undefined when it is not followed. */
export function planAfter(
  events: readonly AnswerEvent[],
  { request = requestOf(), exactOnly = false }: PlanOptions = {},
) {
  const rewrite = (bytes: Uint8Array, changes: ReadonlyMap<string, unknown>) => {
    const body = { ...JSON.parse(new TextDecoder().decode(bytes)), ...Object.fromEntries(changes) };
    return new TextEncoder().encode(JSON.stringify(body));
  };
  const log = chatContinuation({ exactOnly, rewrite }).follow(request);
  for (const event of events) log?.note(event);
  return log?.plan();
}

/**
 * The plan, which asks for the rest.
 * @throws Error when it does not
 */
export function ask(plan: ContinuationPlan | undefined): ContinuationPlan & { type: "ask" } {
  if (plan?.type !== "ask") throw new Error(`It is not asked for: ${JSON.stringify(plan)}`);
  return plan;
}

/** The message that the request for the rest ends with. */
export function lastMessage(plan: ContinuationPlan | undefined): JsonObject {
  const { request } = ask(plan);
  return (request.body.messages as readonly JsonObject[]).at(-1) as JsonObject;
}

/** What the reader sees of a rest that comes as these chunks; undefined when it is refused. */
export function fitted(plan: ContinuationPlan | undefined, rest: readonly AnswerEvent[], mode = "beta-prefix") {
  const fit = ask(plan).fit(mode);
  const seen: AnswerEvent[] = [];
  for (const step of [...rest.map((event) => fit.push([event])), fit.end()]) {
    if (step.type === "mismatch") return undefined;
    seen.push(...step.events);
  }
  return { seen, mode: fit.mode, content: textOf(seen, "content"), reasoning: textOf(seen, "reasoning_content") };
}

/** The texts of a member of the deltas, joined. */
export function textOf(events: readonly AnswerEvent[], member: string): string {
  const deltas = events.flatMap(({ json }) => (json.choices as readonly { delta?: JsonObject }[]) ?? []);
  return deltas.map(({ delta }) => delta?.[member] ?? "").join("");
}
