import type { Json, JsonObject } from "../../engine/json.ts";

/** Where a response stands, in the words of the API. */
export type ResponseStatus = "queued" | "in_progress" | "completed" | "incomplete" | "failed" | "cancelled";

/** What every document of a response repeats of its request and of how it is kept. */
export interface ResponseHead {
  readonly id: string;
  /** The request as its caller wrote it. */
  readonly request: JsonObject;
  /** When it came, in ms since the Unix epoch. */
  readonly createdAt: number;
  /** Whether it can be fetched by its identifier. */
  readonly stored: boolean;
}

/** What a document says of the answer. */
export interface ResponseState {
  readonly status: ResponseStatus;
  /** The model that answered; absent: the one that was asked for. */
  readonly model?: string | undefined;
  readonly output?: readonly JsonObject[] | undefined;
  /** Why it is incomplete. */
  readonly incomplete?: "max_output_tokens" | "content_filter" | undefined;
  readonly error?: JsonObject | undefined;
  readonly usage?: Json | undefined;
  /** When it ended, in ms since the Unix epoch. */
  readonly endedAt?: number | undefined;
  readonly tideover?: Json | undefined;
}

/** A response as a document: what was asked, and what came of it so far. */
export function responseDocument({ id, request, createdAt, stored }: ResponseHead, state: ResponseState): JsonObject {
  const asked = (name: string, otherwise: Json): Json => request[name] ?? otherwise;
  return {
    id,
    object: "response",
    created_at: Math.floor(createdAt / 1_000),
    status: state.status,
    background: asked("background", false),
    completed_at:
      state.status === "completed" && state.endedAt !== undefined ? Math.floor(state.endedAt / 1_000) : null,
    error: state.error ?? null,
    incomplete_details: state.incomplete === undefined ? null : { reason: state.incomplete },
    instructions: asked("instructions", null),
    max_output_tokens: asked("max_output_tokens", null),
    metadata: asked("metadata", {}),
    model: state.model ?? asked("model", ""),
    output: state.output ?? [],
    parallel_tool_calls: asked("parallel_tool_calls", true),
    previous_response_id: asked("previous_response_id", null),
    reasoning: asked("reasoning", { effort: null, summary: null }),
    store: stored,
    temperature: asked("temperature", null),
    text: asked("text", { format: { type: "text" } }),
    tool_choice: asked("tool_choice", "auto"),
    tools: asked("tools", []),
    top_p: asked("top_p", null),
    truncation: asked("truncation", "disabled"),
    usage: state.usage ?? null,
    user: asked("user", null),
    ...(state.tideover === undefined ? {} : { tideover: state.tideover }),
  };
}
