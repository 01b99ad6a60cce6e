import { type Failure, failure, isJsonObject, type Operation, type Transport } from "../engine/index.ts";
import {
  GenerateDocumentSource,
  type GeneratedFacts,
  type GenerateRequest,
  GenerateStreamSource,
  generateRequestOf,
  parseJson,
} from "../wire/index.ts";
import type { PreparedRequest } from "./prepare.ts";
import type { ProviderDefinition } from "./provider.ts";
import type { Speak } from "./wires.ts";

/** Says a request to a server of the generate extension of KServe's v2 protocol. */
export const speakGenerate: Speak = (chat, call, { definition, transport, clock }) => {
  const called = asGenerate(chat, call.request.operation, definition);
  if (called.type === "failure") return called;
  const { prompt, stops, maxTokens } = called.request;
  const created = Math.floor(clock.wallTime() / 1_000);
  const facts = { id: `chatcmpl-${call.id}`, created, model: chat.model, prompt, stops, maxTokens };
  return { type: "spoken", prepared: called.prepared, sender: answeringGenerated(transport, facts) };
};

/** A chat request as a `generate` endpoint gets it, and what is needed to read the answer. */
interface GenerateCall {
  readonly type: "generate-call";
  readonly prepared: PreparedRequest;
  readonly request: GenerateRequest;
}

/**
 * The same request for a server of the generate extension of KServe's v2 protocol: the model in the path, the conversation
 * as one text.
 * @returns a Failure of kind `incompatible` where it asks for what one text cannot say
 */
function asGenerate(
  prepared: PreparedRequest,
  operation: Operation,
  definition: ProviderDefinition,
): GenerateCall | Failure {
  if (operation !== "chat") {
    return refused(definition, "operation-not-offered", `The generate endpoint does not offer ${operation}.`);
  }
  if (!canBeInPath(prepared.model)) {
    return refused(definition, "model-not-found", "No model of the generate endpoint has such a name.");
  }
  const body = parseJson(new TextDecoder().decode(prepared.body));
  if (!isJsonObject(body)) return refused(definition, "not-json", "The request is no JSON object.");
  const request = generateRequestOf(body, definition.promptTemplate, prepared.streamed);
  if (request.type === "generate-flaw") return refused(definition, request.reason, request.message);
  const endpoint = prepared.streamed ? "generate_stream" : "generate";
  return {
    type: "generate-call",
    request,
    prepared: {
      ...prepared,
      url: `${definition.baseUrl}/models/${encodeURIComponent(prepared.model)}/${endpoint}`,
      body: new TextEncoder().encode(JSON.stringify(request.body)),
      // What the server refuses may be our translation's fault, so that another provider is asked.
      changed: true,
    },
  };
}

/** A transport whose good answers, generated streams and documents, are those of chat. */
function answeringGenerated(transport: Transport, facts: GeneratedFacts): Transport {
  return {
    async send(request, signal) {
      const response = await transport.send(request, signal);
      if (response.type === "failure" || response.status < 200 || response.status > 299) return response;
      const contentType = response.header("content-type")?.toLowerCase() ?? "";
      // A page for people is told apart by whoever reads the answer.
      if (contentType.startsWith("text/html")) return response;
      const body = contentType.startsWith("text/event-stream")
        ? new GenerateStreamSource(response.body, facts)
        : new GenerateDocumentSource(response.body, facts);
      return { type: "response", status: response.status, header: (name) => response.header(name), body };
    },
  };
}

/** Whether a name can be one segment of a path: dots alone lead elsewhere, and half a character cannot be written there. */
function canBeInPath(model: string): boolean {
  return !/^\.{0,2}$/.test(model) && model.isWellFormed();
}

function refused({ name }: ProviderDefinition, reason: string, message: string): Failure {
  return failure("incompatible", reason, message, { provider: name });
}
