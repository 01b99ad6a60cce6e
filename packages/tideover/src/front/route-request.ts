import type { Operation } from "../engine/index.ts";
import { type CallerError, callerError } from "./errors.ts";
import { quoted } from "./parse-headers.ts";

/** What a path stands for. */
export type Endpoint =
  | { readonly kind: "call"; readonly name: string; readonly operation: Operation; readonly beta: boolean }
  | { readonly kind: "messages"; readonly name: string }
  | { readonly kind: "token-count"; readonly name: string }
  | { readonly kind: "models"; readonly name: string }
  | { readonly kind: "model"; readonly name: string; readonly id: string }
  | { readonly kind: "responses"; readonly name: string }
  | ResponseEndpoint
  | JobEndpoint
  | BatchEndpoint
  | StreamEndpoint
  | { readonly kind: "status"; readonly name: string; readonly streamed: boolean }
  | { readonly kind: "health"; readonly name: string }
  | { readonly kind: "readiness"; readonly name: string };

/** What a path below `/v1/jobs` stands for. */
export type JobEndpoint =
  | { readonly kind: "jobs"; readonly name: string }
  | {
      readonly kind: "job";
      readonly name: string;
      readonly id: string;
      readonly action: "events" | "retry" | undefined;
    };

/** What a path below `/v1/responses` stands for. */
export interface ResponseEndpoint {
  readonly kind: "response";
  readonly name: string;
  readonly id: string;
  readonly action?: "cancel" | undefined;
}

/** A stream that may be resumed. */
export interface StreamEndpoint {
  readonly kind: "stream";
  readonly name: string;
  readonly id: string;
}

/** What a path below `/v1/files` or `/v1/batches` stands for. */
export interface BatchEndpoint {
  readonly kind: "batch";
  readonly name: string;
  readonly of: "files" | "batches";
  /** Absent: all of them. */
  readonly id?: string | undefined;
  readonly action?: "content" | "cancel" | undefined;
}

const call = (operation: Operation, path: string, beta = false): [string, Endpoint] => [
  path,
  { kind: "call", name: path, operation, beta },
];

/** OpenAI's and Anthropic's paths, and DeepSeek's own, so that swapping the base URL is enough. */
const ENDPOINTS: ReadonlyMap<string, Endpoint> = new Map<string, Endpoint>([
  call("chat", "/v1/chat/completions"),
  call("chat", "/chat/completions"),
  call("chat", "/beta/chat/completions", true),
  call("completions", "/v1/completions"),
  call("completions", "/completions"),
  call("completions", "/beta/completions", true),
  call("embeddings", "/v1/embeddings"),
  call("embeddings", "/embeddings"),
  ["/v1/messages", { kind: "messages", name: "/v1/messages" }],
  ["/anthropic/v1/messages", { kind: "messages", name: "/anthropic/v1/messages" }],
  ["/v1/messages/count_tokens", { kind: "token-count", name: "/v1/messages/count_tokens" }],
  ["/anthropic/v1/messages/count_tokens", { kind: "token-count", name: "/anthropic/v1/messages/count_tokens" }],
  ["/v1/responses", { kind: "responses", name: "/v1/responses" }],
  ["/responses", { kind: "responses", name: "/responses" }],
  ["/v1/models", { kind: "models", name: "/v1/models" }],
  ["/models", { kind: "models", name: "/models" }],
  ["/anthropic/v1/models", { kind: "models", name: "/anthropic/v1/models" }],
  ["/v1/jobs", { kind: "jobs", name: "/v1/jobs" }],
  ["/v1/files", { kind: "batch", name: "/v1/files", of: "files" }],
  ["/v1/batches", { kind: "batch", name: "/v1/batches", of: "batches" }],
  ["/v1/status", { kind: "status", name: "/v1/status", streamed: false }],
  ["/v1/status/stream", { kind: "status", name: "/v1/status/stream", streamed: true }],
  ["/healthz", { kind: "health", name: "/healthz" }],
  ["/readyz", { kind: "readiness", name: "/readyz" }],
]);

/** Whether a path belongs to Anthropic's API, so that everything there, errors too, is told in its form. */
export function speaksMessages(path: string): boolean {
  return path.startsWith("/v1/messages") || path.startsWith("/anthropic/");
}

/** One model; its id may hold slashes (`deepseek-ai/DeepSeek-V3`). */
const MODEL_PATH = /^(\/v1\/models|\/models|\/anthropic\/v1\/models)\/(.+)$/;

/**
 * Finds what a request is for.
 * @param path the path as sent, with its query.
 * @returns the endpoint, or the error for an unknown path (404) or a wrong method (405, with `Allow`).
 */
export function routeRequest(method: string, path: string): Endpoint | CallerError {
  const known = ENDPOINTS.get(path);
  const bare = known === undefined ? (path.split(/[?#]/, 1)[0] ?? "") : path;
  const endpoint = known ?? ENDPOINTS.get(bare) ?? modelEndpoint(bare) ?? keptEndpoint(bare);
  if (endpoint === undefined) {
    const one = [
      "/v1/models/{id}",
      "/v1/responses/{id}",
      "/v1/jobs/{id}",
      "/v1/streams/{id}",
      "/v1/files/{id}",
      "/v1/batches/{id}",
    ];
    const paths = [...ENDPOINTS.keys(), ...one].join(", ");
    return callerError("invalid_request", `There is no ${quoted(bare)} here. The paths are: ${paths}.`, {
      status: 404,
    });
  }
  const allowed = methodsOf(endpoint);
  if (allowed.includes(method)) return endpoint;
  return callerError("invalid_request", `${endpoint.name} takes ${allowed.join(" or ")}, not ${quoted(method)}.`, {
    status: 405,
    headers: { allow: allowed.join(", ") },
  });
}

function methodsOf(endpoint: Endpoint): readonly string[] {
  if (endpoint.kind === "call" || endpoint.kind === "messages" || endpoint.kind === "token-count") return ["POST"];
  if (endpoint.kind === "responses") return ["POST"];
  if (endpoint.kind === "response") return endpoint.action === "cancel" ? ["POST"] : ["GET", "HEAD", "DELETE"];
  if (endpoint.kind === "batch") return batchMethods(endpoint);
  if (endpoint.kind === "status" && endpoint.streamed) return ["GET"];
  if (endpoint.kind === "stream") return ["GET", "DELETE"];
  if (endpoint.kind !== "job") return ["GET", "HEAD"];
  if (endpoint.action === "retry") return ["POST"];
  return endpoint.action === "events" ? ["GET", "HEAD"] : ["GET", "HEAD", "DELETE"];
}

/** What is kept and has an identifier. */
function keptEndpoint(path: string): Endpoint | undefined {
  return responseEndpoint(path) ?? jobEndpoint(path) ?? batchEndpoint(path) ?? streamEndpoint(path);
}

/** One response, or what is to be done of it. */
const RESPONSE_PATH = /^(\/v1)?\/responses\/([\w-]{1,64})(?:\/(cancel))?$/;

function responseEndpoint(path: string): ResponseEndpoint | undefined {
  const [, , id, action] = RESPONSE_PATH.exec(path) ?? [];
  if (id === undefined) return undefined;
  const name = `/v1/responses/{id}${action === undefined ? "" : "/cancel"}`;
  return { kind: "response", name, id, action: action as ResponseEndpoint["action"] };
}

/** One job, or what is to be had or done of it. */
const JOB_PATH = /^\/v1\/jobs\/([\w-]{1,64})(?:\/(events|retry))?$/;

function jobEndpoint(path: string): JobEndpoint | undefined {
  const [, id, action] = JOB_PATH.exec(path) ?? [];
  if (id === undefined) return undefined;
  const name = action === undefined ? "/v1/jobs/{id}" : `/v1/jobs/{id}/${action}`;
  return { kind: "job", name, id, action: action as "events" | "retry" | undefined };
}

/** One stream. */
const STREAM_PATH = /^\/v1\/streams\/([\w-]{1,64})$/;

function streamEndpoint(path: string): StreamEndpoint | undefined {
  const [, id] = STREAM_PATH.exec(path) ?? [];
  return id === undefined ? undefined : { kind: "stream", name: "/v1/streams/{id}", id };
}

/** One file or batch, or what is to be had or done of it. */
const BATCH_PATH = /^\/v1\/(files|batches)\/([\w-]{1,64})(?:\/(content|cancel))?$/;

function batchEndpoint(path: string): BatchEndpoint | undefined {
  const [, of, id, action] = BATCH_PATH.exec(path) ?? [];
  if (id === undefined || (of !== "files" && of !== "batches")) return undefined;
  if (action !== undefined && (action === "content") !== (of === "files")) return undefined;
  const name = `/v1/${of}/{id}${action === undefined ? "" : `/${action}`}`;
  return { kind: "batch", name, of, id, action: action as BatchEndpoint["action"] };
}

function batchMethods({ of, id, action }: BatchEndpoint): readonly string[] {
  if (action === "cancel") return ["POST"];
  if (id === undefined) return ["GET", "HEAD", "POST"];
  return of === "files" && action === undefined ? ["GET", "HEAD", "DELETE"] : ["GET", "HEAD"];
}

function modelEndpoint(path: string): Endpoint | undefined {
  const [, prefix, encoded] = MODEL_PATH.exec(path) ?? [];
  if (prefix === undefined || encoded === undefined) return undefined;
  const id = decoded(encoded);
  return id === undefined ? undefined : { kind: "model", name: `${prefix}/{id}`, id };
}

/** The text that a path segment stands for; undefined for a malformed escape. */
function decoded(encoded: string): string | undefined {
  try {
    return decodeURIComponent(encoded);
  } catch (error) {
    if (error instanceof URIError) return undefined;
    throw error;
  }
}
