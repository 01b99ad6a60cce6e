import { type CallRequest, type Failure, failure, isJsonObject, type Json, type JsonObject } from "../engine/index.ts";
import { lackOf } from "./abilities.ts";
import { prefixMessage, translateContinuation, translatePrefix } from "./prefix.ts";
import { type Account, modelFacts, type ProviderDefinition, upstreamModel, urlFor } from "./provider.ts";
import { adaptReasoningHistory } from "./reasoning-history.ts";
import { dropRefusedFields, type FieldChanges, translateThinking } from "./request-fields.ts";
import { spliceMembers } from "./splice-json.ts";
import { VERSION } from "./version.ts";

/** What is known of a call beside its request. */
export interface CallFacts {
  /** Time left until the caller needs an answer, in ms; told to providers that understand it. */
  readonly remainingMs?: number | undefined;
}

/** A request as one provider gets it. */
export interface PreparedRequest {
  readonly type: "prepared";
  readonly url: string;
  /** Lower-case names. Nothing of the caller's own headers is in it. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** Something beside transport fields is no longer as the caller wrote it, so a 400 need not be the caller's fault. */
  readonly changed: boolean;
  /** A stream was asked for. */
  readonly streamed: boolean;
  /** The model that is asked for. */
  readonly model: string;
  /** How the host is asked for the rest of a broken answer, where that is asked. */
  readonly continuation?: string | undefined;
}

/**
 * Makes of a caller's request the one that a provider gets: model name, refused and translated fields, reasoning
 * history, prefix form, and stream with usage where the provider is read so. The original bytes are kept wherever
 * nothing has to change.
 * @returns a Failure of kind `incompatible` when the provider cannot serve such a request.
 */
export function prepareRequest(
  definition: ProviderDefinition,
  account: Account,
  request: CallRequest,
  facts: CallFacts = {},
): PreparedRequest | Failure {
  const { preset } = definition;
  const { body, operation } = request;
  if (!definition.ownBaseUrl && preset.operations !== undefined && !preset.operations.includes(operation)) {
    return failure("incompatible", "operation-not-offered", `${preset.title} does not offer ${operation}.`, {
      provider: definition.name,
    });
  }
  const lack = lackOf(definition, body);
  if (lack !== undefined) return lack;
  const changes: FieldChanges = new Map();
  const model = upstreamModel(definition, request.model);
  const renamed = model !== request.model;
  if (renamed) changes.set("model", model);
  let changed = renamed || request.translated === true;

  const dropped = dropRefusedFields(definition, body, changes);
  if (typeof dropped !== "boolean") return dropped;
  changed = dropped || changed;

  let beta = operation === "completions" || operation === "fim";
  let continuation: string | undefined;
  if (operation === "chat") {
    const unlisted = renamed && !Object.hasOwn(definition.models, request.model);
    if (translateThinking(preset.thinking, request.model, unlisted, body, changes)) changed = true;
    const conversation = prepareConversation(definition, request, changes);
    if ("type" in conversation) return conversation;
    changed = conversation.translated || changed;
    ({ beta, mode: continuation } = conversation);
  }
  const streamed = prepareStreaming(definition, request, changes);
  return {
    type: "prepared",
    url: urlFor(definition, operation, { beta }),
    headers: requestHeaders(definition, account, streamed, facts),
    body: changes.size === 0 ? request.bytes : spliceMembers(request.bytes, changes),
    changed,
    streamed,
    model,
    ...(continuation === undefined ? {} : { continuation }),
  };
}

/** What preparing a conversation changed. */
interface PreparedConversation {
  readonly beta: boolean;
  readonly translated: boolean;
  /** How the host is asked for the rest of a broken answer, where that is asked. */
  readonly mode?: string | undefined;
}

function prepareConversation(
  definition: ProviderDefinition,
  request: CallRequest,
  changes: FieldChanges,
): PreparedConversation | Failure {
  const { body, continuation } = request;
  const given = body.messages;
  // A body without a list of messages goes on as it is, for the provider to name the mistake.
  if (!Array.isArray(given)) return { beta: false, translated: false };
  let messages: readonly Json[] = given;
  let beta = hasStrictTool(body);
  let translated = false;
  let mode: string | undefined;
  const last = prefixMessage(messages);
  if (last !== undefined) {
    const prefix =
      continuation === undefined
        ? translatePrefix(definition, messages, last, changes)
        : translateContinuation(definition, messages, last, continuation, changes);
    if ("type" in prefix) return prefix;
    mode = prefix.mode;
    messages = prefix.messages;
    beta ||= prefix.beta;
    translated = prefix.translated;
  }
  const rule = modelFacts(definition, request.model)?.reasoningHistory ?? definition.preset.reasoningHistory;
  const thinking = changes.get("thinking") ?? body.thinking;
  const adapted = adaptReasoningHistory(messages, rule, {
    tools: isNonEmptyList(body.tools),
    thinkingDisabled: isJsonObject(thinking) && thinking.type === "disabled",
  });
  if (adapted !== given) changes.set("messages", adapted);
  return { beta, translated: translated || adapted !== messages, mode };
}

/**
 * An unstreamed request is asked for as a stream where the host's streams are known to tell their usage. A streamed one
 * goes out as the caller wrote it: usage that it did not ask for would show in every chunk.
 * @returns whether a stream is asked for.
 */
function prepareStreaming(definition: ProviderDefinition, request: CallRequest, changes: FieldChanges): boolean {
  const { body } = request;
  if (request.operation === "embeddings") return false;
  if (request.stream || definition.upstream === "mirror" || !canStream(body)) return request.stream;
  if (body.stream !== true) changes.set("stream", true);
  const options = body.stream_options;
  if (definition.preset.streamsUsage && !(isJsonObject(options) && options.include_usage === true)) {
    changes.set("stream_options", { ...(isJsonObject(options) ? options : {}), include_usage: true });
  }
  return true;
}

/** OpenAI's reference: `best_of` above 1 cannot be streamed, and spoken answers only in a format of their own. */
function canStream(body: JsonObject): boolean {
  const bestOf = body.best_of;
  const modalities = body.modalities;
  if (typeof bestOf === "number" && bestOf > 1) return false;
  return !(Array.isArray(modalities) && modalities.includes("audio"));
}

function hasStrictTool(body: JsonObject): boolean {
  const tools = body.tools;
  if (!Array.isArray(tools)) return false;
  return tools.some((tool: unknown) => {
    const described = isJsonObject(tool) ? tool.function : undefined;
    return isJsonObject(described) && described.strict === true;
  });
}

function isNonEmptyList(value: Json | undefined): boolean {
  return Array.isArray(value) && value.length > 0;
}

function requestHeaders(
  definition: ProviderDefinition,
  account: Account,
  streamed: boolean,
  facts: CallFacts,
): Readonly<Record<string, string>> {
  const headers: Record<string, string> = { "user-agent": `tideover/${VERSION}` };
  if (account.apiKey !== undefined) {
    if (definition.preset.auth === "api-key") headers["api-key"] = account.apiKey;
    else headers.authorization = `Bearer ${account.apiKey}`;
  }
  Object.assign(headers, definition.headers, {
    accept: streamed ? "text/event-stream" : "application/json",
    // Not every transport can decompress, and a compressor may hold back the small frames of a stream.
    "accept-encoding": "identity",
    "content-type": "application/json",
  });
  if (definition.preset.understandsDeadline && facts.remainingMs !== undefined) {
    headers["tideover-deadline"] = `${Math.max(1, Math.floor(facts.remainingMs))}ms`;
  }
  return headers;
}
