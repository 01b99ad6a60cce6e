import { type Adapter, type Clock, failure, failureOf, isJsonObject } from "tideover/engine";
import { type Account, type ProviderDefinition, prepareRequest } from "tideover/providers";
import type { LocalModel } from "../host/local-model.ts";
import { ChunkStream } from "./answer-chunks.ts";
import { readRequest } from "./read-request.ts";

/** What an adapter needs beside the provider. */
export interface LocalAdapterOptions {
  readonly model: LocalModel;
  /** The model's name, as answers carry it. */
  readonly modelName: string;
  readonly clock: Clock;
}

/**
 * The adapter to a model in this process: the same seam as the one to a host, without a socket. What the model cannot
 * serve is `incompatible`, with the reason; a full queue is `rejected`; a dead worker is a `fault`.
 */
export function createLocalModelAdapter(
  definition: ProviderDefinition,
  account: Account,
  { model, modelName, clock }: LocalAdapterOptions,
): Adapter {
  const provider = definition.name;
  return async (call, scope) => {
    if (scope.signal.aborted) return failureOf(scope.signal);
    const prepared = prepareRequest(definition, account, call.request);
    if (prepared.type === "failure") return prepared;
    const body: unknown = JSON.parse(new TextDecoder().decode(prepared.body));
    if (!isJsonObject(body)) {
      return failure("incompatible", "body-unreadable", "The request's body is not a JSON object.", { provider });
    }
    const read = readRequest(definition, body, call.request.continuation?.instruct);
    if (read.type === "failure") return { ...read, provider };
    // There is no connection to wait for: what takes time now is the queue and the model.
    scope.connected();
    const generation = await model.generate(read.chat, scope.signal);
    if (generation.type === "failure") return { ...generation, provider };
    const { includeUsage, stream } = call.request;
    const chunks = new ChunkStream({
      pieces: generation.stream,
      identity: {
        id: `chatcmpl-${call.id}`,
        created: Math.floor(clock.wallTime() / 1_000),
        model: modelName,
      },
      promptTokens: generation.promptTokens,
      repeat: read.repeat,
      includeUsage: includeUsage || !stream,
    });
    const { continuation } = prepared;
    return {
      type: "raw-answer",
      model: modelName,
      stream: chunks,
      ...(continuation === undefined ? {} : { continuation }),
    };
  };
}
