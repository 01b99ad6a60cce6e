import {
  type Adapter,
  type AnswerStream,
  type AttemptScope,
  type Call,
  type Clock,
  type Failure,
  failure,
  failureOf,
  type JsonObject,
  type RawAnswer,
  type Transport,
  type TransportResponse,
} from "../engine/index.ts";
import { decodeBody, decodeStream, MAX_BODY_BYTES } from "../wire/index.ts";
import { classifyResponse, classifyStreamError, type ErrorContext } from "./classify/classify.ts";
import { readErrorText } from "./error-text.ts";
import { type PreparedRequest, prepareRequest } from "./prepare.ts";
import type { Account, ProviderDefinition } from "./provider.ts";
import { type Speak, speakChat, type Wires } from "./wires.ts";

/** What an adapter reaches the world through. */
export interface AdapterOptions {
  readonly transport: Transport;
  readonly clock: Clock;
  /** The wires that providers speak beside chat's; `ALL_WIRES` for servers. */
  readonly wires: Wires;
}

/**
 * The adapter to one account of a provider that speaks OpenAI's form, or by translation Anthropic's or KServe's: prepares the
 * request, sends it, and gives the answer's events or the failure that the response means. It judges no time but that of an error body.
 * @throws TypeError where the provider's wire is not among the given ones
 */
export function createOpenAiAdapter(
  definition: ProviderDefinition,
  account: Account,
  options: AdapterOptions,
): Adapter {
  const { clock } = options;
  const speak = speakerOf(definition, options.wires);
  return async (call, scope) => {
    if (scope.signal.aborted) return failureOf(scope.signal);
    const asked = call.callerKey === undefined ? account : { ...account, apiKey: call.callerKey };
    const chat = prepareRequest(definition, asked, call.request, { remainingMs: call.deadline - clock.now() });
    if (chat.type === "failure") return chat;
    const spoken = speak(chat, call, { definition, account: asked, ...options });
    if (spoken.type === "failure") return spoken;
    const { prepared, sender } = spoken;
    const { traceparent } = call.trace;
    const response = await sender.send(
      {
        method: "POST",
        url: prepared.url,
        headers: traceparent === undefined ? prepared.headers : { ...prepared.headers, traceparent },
        body: prepared.body,
        onConnected: () => scope.connected(),
      },
      scope.signal,
    );
    if (response.type === "failure") return { ...response, provider: response.provider ?? definition.name };
    const context: ErrorContext = {
      provider: definition.name,
      rules: definition.preset.errorRules,
      changed: prepared.changed,
      apiKey: asked.apiKey,
    };
    if (response.status < 200 || response.status > 299) return readError(response, context, clock, scope);
    return readAnswer(call, prepared, response, context);
  };
}

function speakerOf({ name, preset }: ProviderDefinition, wires: Wires): Speak {
  if (preset.wire === "chat") return speakChat;
  const speak = wires[preset.wire];
  if (speak === undefined) throw new TypeError(`Provider ${name} speaks ${preset.wire}, a wire that was not given.`);
  return speak;
}

async function readError(
  response: TransportResponse,
  context: ErrorContext,
  clock: Clock,
  scope: AttemptScope,
): Promise<Failure> {
  const bodyText = await readErrorText(response.body, clock, scope.signal);
  if (scope.signal.aborted) return failureOf(scope.signal);
  return classifyResponse({
    ...context,
    status: response.status,
    header: (name) => response.header(name),
    bodyText,
    wallTimeMs: clock.wallTime(),
  });
}

function readAnswer(
  call: Call,
  prepared: PreparedRequest,
  response: TransportResponse,
  context: ErrorContext,
): RawAnswer | Failure {
  const contentType = response.header("content-type")?.toLowerCase() ?? "";
  if (contentType.startsWith("text/html")) {
    response.body.cancel();
    return failure(
      "fault",
      "not-the-api",
      `${context.provider} answered ${response.status} with an HTML page; the base URL may lead to a website.`,
      { provider: context.provider, status: response.status },
    );
  }
  const { model, continuation } = prepared;
  const stream = decode(call, prepared, response, contentType, context);
  return { type: "raw-answer", model, stream, ...(continuation === undefined ? {} : { continuation }) };
}

/**
 * What the response says it is counts more than what was asked for: some hosts answer in one document though a stream
 * was asked for, some the other way round. One that says nothing is taken at what was asked.
 */
function decode(
  call: Call,
  prepared: PreparedRequest,
  response: TransportResponse,
  contentType: string,
  context: ErrorContext,
): AnswerStream {
  const choices = call.request.body.n;
  const options = {
    operation: call.request.operation,
    classifyError: (error: JsonObject, committed: boolean) => classifyStreamError(context, error, committed),
    ...(typeof choices === "number" && choices > 1 ? { choices } : {}),
  };
  const asStream = contentType.startsWith("text/event-stream") || (prepared.streamed && !isJson(contentType));
  return asStream
    ? decodeStream(response.body, options)
    : decodeBody(response.body, { ...options, maxBytes: MAX_BODY_BYTES });
}

function isJson(contentType: string): boolean {
  return /^application\/([a-z0-9.+-]+\+)?json\b/.test(contentType);
}
